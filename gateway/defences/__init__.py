"""Before the road: what every request must pass before a door looks at it."""
