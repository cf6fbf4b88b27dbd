"""`boxes`: a fleet in network namespaces, disturbed in every way, counted against a single box."""
