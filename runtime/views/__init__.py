"""A database as people and programs read it. Looking only."""
