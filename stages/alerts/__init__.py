"""Raises and clears the alerts of the config."""
