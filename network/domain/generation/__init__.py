"""Synthetic utilities of any size, the same bytes for the same seed: what tests and benchmarks at scale run on.

generate(customers=1_000_000, seed=1) -> Utility: equipment, containers, telemetry and usage points as columns
assembly.columns(utility)             -> Columns, from which a grid is compiled
"""

from network.domain.generation.assembly import columns
from network.domain.generation.utility import LARGEST, Unfit, Utility, generate

__all__ = ["LARGEST", "Unfit", "Utility", "columns", "generate"]
