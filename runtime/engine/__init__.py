"""One writer's engine and what it keeps in memory: contacts, entities, timers, the outbox, changes."""
