"""Counters and times of every process: written, read and served."""
