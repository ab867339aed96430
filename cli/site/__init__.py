"""The static site of a workspace: plain HTML, no script, nothing loaded from anywhere."""
