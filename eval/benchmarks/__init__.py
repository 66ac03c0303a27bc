"""What Cited is measured with: how well it retrieves, and what it costs in seconds and megabytes."""
