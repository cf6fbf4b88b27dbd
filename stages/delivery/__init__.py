"""Delivers events at least once: what waits on disk, and when it is sent. Webhooks and e-mail share it."""
