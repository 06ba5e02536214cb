"""FLISR on the operated network: triggers, plans, steps through the control gate, reports (docs/subsystems/flisr.md)."""
