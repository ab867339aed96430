"""What delivers effects, one file per channel."""
