"""One contact: who it is, and every way in which its data change."""
