"""Plan and events to effects: a pure kernel, and the host that feeds and stores it."""
