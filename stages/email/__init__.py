"""Sends alerts by e-mail."""
