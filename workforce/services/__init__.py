"""Writes: keyword-only verbs, atomic, audited, publishing events."""
