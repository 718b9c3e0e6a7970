"""Station 4: the dialogue engine behind one small interface."""
