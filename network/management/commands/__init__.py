"""Commands of network; see docs/subsystems for what they answer."""
