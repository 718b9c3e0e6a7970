"""Tests of `gateway.dialogue`."""
