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
