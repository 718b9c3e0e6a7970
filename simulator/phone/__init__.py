"""The simulated phones: what they can send, and sending it."""
