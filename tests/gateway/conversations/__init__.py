"""Tests of `gateway.conversations`."""
