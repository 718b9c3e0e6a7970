"""Tests of `gateway.webchat`."""
