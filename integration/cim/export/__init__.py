"""Records out of the house again: as one CIM100 file, as a CGMES set, or as a difference.

Knows records and files; what a draft or a running model is, its callers tell it.
"""
