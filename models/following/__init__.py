"""From picture to picture: who is where, who is who, and whom to look at."""
