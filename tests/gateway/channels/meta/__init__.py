"""Tests of `gateway.channels.meta`."""
