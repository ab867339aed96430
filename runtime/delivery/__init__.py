"""Delivery by real connectors: in a thread of its own, beside the engine."""
