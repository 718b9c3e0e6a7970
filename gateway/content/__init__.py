"""Content: the files that editors write, what is published of them, and how it goes live."""
