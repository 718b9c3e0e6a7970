"""Tests of `gateway.bulletins`."""
