"""Tests of `gateway.handover`."""
