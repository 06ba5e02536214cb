"""Trouble calls, evidence, prediction, outages, restoration, the interruption ledger and its indices."""
