"""From frame to frame: face positions, track numbers, and which faces to classify."""
