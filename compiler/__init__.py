"""YAML text to plan: pure stages that return values and diagnostics; one module reads the disk."""
