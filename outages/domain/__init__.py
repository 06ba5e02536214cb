"""Arithmetic on plain values and arrays: no Django, no I/O, no clock."""
