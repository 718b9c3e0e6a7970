"""The topic classifier (station 4, dialogue): which of the topics a message is about, and how sure that is."""
