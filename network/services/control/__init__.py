"""The control gate: every asked-for movement of a switch passes here (docs/subsystems/control_gate.md)."""
