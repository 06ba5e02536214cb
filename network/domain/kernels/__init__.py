"""Compiled loops over arrays. Plain arithmetic on indices: what the arrays mean is said in `grid` and `energisation`.

A kernel calls other kernels of its own file only: numba's cache on disk notices a change of the file a kernel stands in, not of
the files it calls into.
"""
