"""Beside the road: where the packages come from, under which licences, and with which known holes."""
