"""What people see: drawings, colours, words."""
