"""Alerts: their conditions, which the config names, and the events that a list of alerts implies."""
