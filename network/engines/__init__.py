"""Solvers from outside behind our ports: each takes a circuit and gives our result, or says why there is none."""
