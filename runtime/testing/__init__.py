"""Tests of a workspace: stories played on a virtual clock, with the kernel and the host's own rules."""
