"""A plan takes effect on a database, or is refused; and what it would do to whoever is inside."""
