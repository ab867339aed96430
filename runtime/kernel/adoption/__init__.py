"""A changed plan takes effect on what stands in a database."""
