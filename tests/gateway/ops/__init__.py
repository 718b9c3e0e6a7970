"""Tests of `gateway.ops`."""
