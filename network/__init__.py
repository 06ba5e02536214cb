"""The grid, its switching state and its telemetry. Knows neither meters, crews, outages nor foreign formats."""
