"""The NATS server of a fleet: its buckets, and what it answers."""
