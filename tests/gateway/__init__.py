"""Checks of the gateway, on SQLite and on PostgreSQL."""
