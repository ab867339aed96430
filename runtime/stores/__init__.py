"""Where state, audit, timers and the outbox are kept."""
