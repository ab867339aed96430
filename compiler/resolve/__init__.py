"""Names across files: every reference is looked up, every condition compiled where it stands."""
