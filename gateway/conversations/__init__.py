"""Contacts, conversations and messages: their tables, states and rules, and what the stations say to each other."""
