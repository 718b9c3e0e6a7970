"""Tests of `gateway.outbox`."""
