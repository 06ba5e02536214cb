"""What every REST address shares: who asks, how input is read, how lists are cut, how refusals are told.

Knows no app and no route but its own (schema and documentation); apps build on `views.Endpoint` in their `api` packages.
"""
