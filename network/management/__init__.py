"""Commands of network."""
