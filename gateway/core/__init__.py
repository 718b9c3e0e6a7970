"""The base layer: settings, database, keys, logs and whatever else every layer above may use."""
