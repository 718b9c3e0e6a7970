"""Tests of `simulator.webhooks`."""
