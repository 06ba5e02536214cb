"""Pages of outages, calls, dispatch and reliability."""
