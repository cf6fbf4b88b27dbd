"""The process of one stage."""
