"""The check, phrases: what the messages of the three languages say, as patterns."""
