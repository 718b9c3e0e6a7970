"""Dialogue, the words: what we answer and whom we name, read from the editors' files and refused when it is not right.

Pure Python and PyYAML, for both environments; it imports neither `bot` nor `gateway`.
"""
