"""The condition language: text to typed expressions, usable alone."""
