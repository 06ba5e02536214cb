"""What FLISR may do, where an event of it stands, what its plans say, and what it was worth."""
