"""The border: lines and rows from outside become inputs, or are rejected with a reason."""
