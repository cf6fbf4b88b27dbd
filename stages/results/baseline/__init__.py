"""A person's own baseline: probabilities as if their neutral face were an average one, in columns of their own."""
