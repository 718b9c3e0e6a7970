"""Beside the road: when officers answer, as data, as rules and as words."""
