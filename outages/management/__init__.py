"""Commands of outages."""
