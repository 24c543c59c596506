"""Write beside the place, then rename: a file is there whole or not at all."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def write_beside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to, renamed to ``path`` at the end and removed where something fails.

    The folder is made where missing.
    """
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        yield beside
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
