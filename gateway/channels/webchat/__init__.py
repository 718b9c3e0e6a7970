"""The web chat as a channel: sessions, deliveries and streams of our own page, without a provider."""
