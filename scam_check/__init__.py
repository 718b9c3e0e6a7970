"""The check of a suspicious message: its links, numbers, sender and requests, judged offline; for both environments.

Nothing is ever opened or looked up. What goes on from here are parts (`parts.py`): a registered domain, a sender, kinds
of reasons and of requests; never a path, an account number or the text itself.
"""
