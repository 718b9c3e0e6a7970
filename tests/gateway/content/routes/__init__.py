"""Tests of `gateway.content.routes`."""
