"""The output of `kind = "nats"`."""
