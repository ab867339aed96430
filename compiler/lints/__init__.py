"""Opinions about good campaigns, one rule per file."""
