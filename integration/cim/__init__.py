"""CIM at the door: messages (IEC 61968-100) and network models (IEC 61970-552) in and out; nothing behind the door sees XML."""
