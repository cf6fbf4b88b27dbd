"""Benchmarks of a fleet."""
