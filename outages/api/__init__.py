"""Calls, outages, interruptions and reliability over REST."""
