"""Input files as lines, lines as work: read, checked, refused with a reason, sorted by their instants."""
