"""The pure part: what a contact gets. No clock, no randomness, no I/O, no logging."""
