"""Records to the plan: one function per record."""
