"""Commands of workforce."""
