"""Switching orders as arithmetic: their life, their steps, what they do to the network, and what speaks against them.

Knows kinds, states and rules as data and runs steps on a copy of a network state. Knows no people, no database and no clock.
"""
