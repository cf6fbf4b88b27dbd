"""The output of `kind = "webhook"`."""
