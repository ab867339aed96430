"""YAML text to nodes with positions, and typed readings of their scalars."""
