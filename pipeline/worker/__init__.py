"""What goes on inside the process of one stage."""
