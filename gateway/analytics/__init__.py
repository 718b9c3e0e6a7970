"""Analytics: counts of what the service does, never of who used it."""
