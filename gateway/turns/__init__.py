"""Station 3: the pending messages of a conversation become one turn and one reply."""
