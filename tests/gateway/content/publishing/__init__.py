"""Tests of `gateway.content.publishing`."""
