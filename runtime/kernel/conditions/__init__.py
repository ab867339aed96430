"""What conditions ask: as Python functions, when they may change, and the history that they need."""
