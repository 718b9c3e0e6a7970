"""Tests of `gateway.channels`."""
