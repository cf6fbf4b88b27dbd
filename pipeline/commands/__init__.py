"""The commands of `emobot`, one file each."""
