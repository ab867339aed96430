"""What may leave, and when, and what became of it."""
