"""Over time: temporal fusion, events, moments and sums of a person's labels."""
