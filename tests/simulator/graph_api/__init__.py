"""Tests of `simulator.graph_api`."""
