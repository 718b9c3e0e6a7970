"""What the simulator knows: events on disk, the present that follows from them, and the judge that reads it."""
