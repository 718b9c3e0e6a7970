"""The webhooks that the simulated platforms send, and the statuses that they tell."""
