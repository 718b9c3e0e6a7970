"""Beside the road: the officers' console, where people answer people."""
