"""Tests of `gateway.hours`."""
