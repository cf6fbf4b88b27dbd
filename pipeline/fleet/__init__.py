"""Cameras of many machines (boxes): leases in NATS, see `docs/fleet.md`."""
