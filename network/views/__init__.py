"""Pages and data for browsers."""
