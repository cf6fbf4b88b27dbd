"""Lab Streaming Layer (LSL): streams of samples on one clock, for laboratories (labstreaminglayer.org)."""
