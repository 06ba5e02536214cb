"""Synthetic utilities of any size, the same bytes for the same seed: what tests and benchmarks at scale run on.

generate(customers=1_000_000, seed=1) -> Utility: equipment, containers, telemetry and usage points as columns
assembly.columns(utility)             -> Columns, from which a grid is compiled
"""

from network.domain.generation.assembly import columns, model_mrid, point_mrids
from network.domain.generation.households import Household, household_columns, households
from network.domain.generation.styles import KVAR_PER_KW, STYLES, TRANSFORMER_R, TRANSFORMER_X, transformer_base
from network.domain.generation.utility import LARGEST, POINTS, Unfit, Utility, counts, generate

__all__ = [
    "KVAR_PER_KW",
    "LARGEST",
    "POINTS",
    "STYLES",
    "TRANSFORMER_R",
    "TRANSFORMER_X",
    "Household",
    "Unfit",
    "Utility",
    "columns",
    "counts",
    "generate",
    "household_columns",
    "households",
    "model_mrid",
    "point_mrids",
    "transformer_base",
]
