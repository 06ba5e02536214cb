"""Crews and their work over REST."""
