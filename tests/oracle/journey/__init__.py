"""The whole catalogue once more, slow and obvious: workspaces, contacts who travel through them, and what
they share, written from the specification."""
