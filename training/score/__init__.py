"""Evaluation: metrics and plots."""
