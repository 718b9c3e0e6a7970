"""Tests of `gateway.accounts`."""
