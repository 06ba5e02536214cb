"""Reactions to events of lower apps."""
