"""Tests of `gateway.core.http`."""
