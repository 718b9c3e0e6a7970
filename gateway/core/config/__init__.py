"""All settings, typed, with the prefix NEUVO_."""
