"""Commands of outages; see docs/subsystems for what they answer."""
