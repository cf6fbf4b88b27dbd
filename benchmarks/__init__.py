"""Benchmarks: one class per question, measured through the program's public interfaces."""
