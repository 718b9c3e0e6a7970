"""Tests of `simulator.web`."""
