"""What people see: drawings, colours, translations."""
