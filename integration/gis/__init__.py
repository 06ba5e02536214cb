"""Networks from geographic and planning tools, in at the door."""
