"""Texts that print values: templates of emails with their layouts and parts, texts inside actions, files sent
along."""
