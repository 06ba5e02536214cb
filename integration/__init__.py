"""The door: foreign formats and partner systems. Everything crosses here, nobody imports it."""
