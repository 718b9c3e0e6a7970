"""Accounts: the staff, sign-in, sessions, roles and the audit log."""
