"""Off the road and back: who owns a conversation, and who waits for an officer."""
