"""Files that are not plain text → the text in them. One module for each format, imported when such a file is read."""
