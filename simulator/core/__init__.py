"""What every other part of the simulator stands on: settings, clock, journal, phones and messages, limits, faults."""
