"""How fast it is: one class for each question, measured through the doors any user has."""
