"""Follow-ups (station 4, dialogue): what a citizen says about the last answer, and what is said to that."""
