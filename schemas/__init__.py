"""The contracts: one JSON Schema per YAML kind, and the typed plan and event documents."""
