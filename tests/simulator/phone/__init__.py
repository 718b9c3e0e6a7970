"""Tests of `simulator.phone`."""
