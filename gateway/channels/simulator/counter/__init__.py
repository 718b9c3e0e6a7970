"""The simulator's side of Meta where sends arrive: inspected, counted, and carried to the phone."""
