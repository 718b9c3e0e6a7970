"""Screening, shared by both environments, which this package does not know: danger that words alone give away.

Plain Python: the gateway reads every message with it before anything else, also while engine and database are away.
"""
