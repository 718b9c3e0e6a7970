"""Conversation (station 4, dialogue): what a message asks, does and tells, judged with what was said before it."""
