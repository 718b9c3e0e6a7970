"""Beside the road, the editors' workshop: the files they write, what is published of them, and how it goes live."""
