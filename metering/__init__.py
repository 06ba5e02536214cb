"""Customers' usage points, meters, device events, last known power state, pings. Knows no outages and no crews."""
