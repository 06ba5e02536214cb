"""Crews, shifts, work orders and assignments. Knows no meters and no outages."""
