"""Tests of `gateway.privacy`."""
