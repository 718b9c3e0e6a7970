"""One WhatsApp message followed through the code, and the picture of it in `docs/architecture.md`."""
