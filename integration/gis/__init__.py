"""Networks as plain tables or GeoJSON, for utilities whose GIS speaks no CIM.

Knows columns and features; what it gives back, a draft, knows neither.
"""

from integration.gis.reader import is_tables, read_tables

__all__ = ["is_tables", "read_tables"]
