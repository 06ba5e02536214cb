"""The door's endpoints and pages."""
