"""The editors' files: a git working copy, read and written."""
