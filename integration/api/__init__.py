"""The door over REST."""
