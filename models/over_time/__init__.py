"""From look to look: what a person expresses, when that changes, and sums of it."""
