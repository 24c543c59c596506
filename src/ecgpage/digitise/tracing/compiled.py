"""Loops over pixels that NumPy cannot express, compiled by Numba when they are first needed.

What was compiled is kept on disk (beside the module, or in the user's cache where that cannot be
written), so that only the first page ever read on a machine waits for the compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function in machine code; it must not write to globals and gets arrays and numbers."""
    from numba import njit

    made: Callable[..., Any]
    try:
        made = njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither place can be written: compiled anew in each process
        made = njit(nogil=True)(function)
    return made
