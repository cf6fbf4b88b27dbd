"""End-to-end benchmarks of the whole program."""
