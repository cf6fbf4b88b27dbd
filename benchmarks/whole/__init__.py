"""What users run, from end to end."""
