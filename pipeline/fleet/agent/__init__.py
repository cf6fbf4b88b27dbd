"""What one box of a fleet does: it takes leases, runs the cameras it holds, and leads if nobody else does."""
