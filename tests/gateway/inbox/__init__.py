"""Tests of `gateway.inbox`."""
