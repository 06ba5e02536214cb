"""How kernels are compiled: without the interpreter lock, and kept on disk where there is a place to write.

A kernel allocates nothing: its caller hands it the arrays. That lets the compiler leave out the counting of references (`_nrt`),
which costs more than the loops themselves where they pass tuples of arrays on to smaller functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Kernel = TypeVar("_Kernel", bound=Callable[..., object])
_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}
_PART_OPTIONS = _OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def kernel(function: _Kernel) -> _Kernel:
    """Compile on first use. Where no cache folder can be written, each process compiles for itself."""
    try:
        compiled = numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:
        compiled = numba.njit(**_OPTIONS)(function)
    return cast("_Kernel", compiled)


def part(function: _Kernel) -> _Kernel:
    """Compile as a part of the kernels that call it; Python itself cannot. Saves most of the compiler's time."""
    return cast("_Kernel", numba.njit(**_PART_OPTIONS)(function))


def inlined(function: _Kernel) -> _Kernel:
    """Compile into the body of its callers: for steps so small that a call would cost more than the step."""
    return cast("_Kernel", numba.njit(forceinline=True, **_PART_OPTIONS)(function))
