"""Tests of `gateway.content.editing`."""
