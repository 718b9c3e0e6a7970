"""Tests of `gateway.migrations`."""
