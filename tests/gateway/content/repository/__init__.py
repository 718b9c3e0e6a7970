"""Tests of `gateway.content.repository`."""
