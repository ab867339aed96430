"""Is every key known, every needed one there, every value of its type? The words for what is not."""
