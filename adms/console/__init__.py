"""`make run`: brings up the embedded servers, prepares the database, and keeps every process of Tieline running.

Knows which processes there are (processes.py) and how to keep them alive (supervisor.py); knows nothing of what they do.
"""
