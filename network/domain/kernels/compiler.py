"""How kernels are compiled: without the interpreter lock, and kept on disk where there is a place to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

_Kernel = TypeVar("_Kernel", bound=Callable[..., object])


def kernel(function: _Kernel) -> _Kernel:
    """Compile on first use. Where no cache folder can be written, each process compiles for itself."""
    try:
        compiled = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        compiled = numba.njit(nogil=True)(function)
    return cast("_Kernel", compiled)


def part(function: _Kernel) -> _Kernel:
    """Compile as a part of the kernels that call it; Python itself cannot. Saves most of the compiler's time."""
    compiled = numba.njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return cast("_Kernel", compiled)
