"""`python -m ui` is `cited ui`."""

import sys

from rag.cli import main

if __name__ == "__main__":
    sys.exit(main(["ui", *sys.argv[1:]]))
