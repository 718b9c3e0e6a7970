"""Tests of `gateway.analytics`."""
