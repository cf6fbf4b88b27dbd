"""The output of `kind = "mqtt"`."""
