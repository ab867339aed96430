"""Nodes to records: `declarations` finds what stands where, `units` reads each definition, and one file
per kind of thing reads its parts."""
