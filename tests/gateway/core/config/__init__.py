"""Tests of `gateway.core.config`."""
