"""Reads: rows, dataclasses or arrays."""
