"""Tests of `gateway.channels.whatsapp`."""
