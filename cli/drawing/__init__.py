"""Drawings of campaigns and of whole workspaces: one model of boxes and arrows, three formats."""
