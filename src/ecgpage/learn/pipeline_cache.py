"""Pages at network resolution, kept on disk between epochs and runs."""

from __future__ import annotations

import errno
import hashlib
import threading
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.preprocessing import Preprocessing
from ecgpage.values import file_and_page, write_beside

Reduced = NDArray[np.uint8]

_MAKERS = ("ink", "preprocessing", "rows")
"""Modules, beside those of the region, that decide what a page becomes."""

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where there is no room: pages are then prepared anew each time."""


class PageCache:
    """A folder of reduced pages, each under the hash of its file and of the preprocessing.

    A page is one raw file of ``height * width`` bytes, written aside and renamed: several
    processes may share the folder, a kill leaves nothing half-written, and a changed file or
    setting is another key. Reading goes through the system's page cache, so that memory stays
    flat. The folder is made readable for its owner alone: it holds patients' traces.

    Parameters
    ----------
    folder:
        Where the pages lie; made where missing.
    preprocessing:
        What made them.
    limit_bytes:
        The folder is not filled beyond this; a page that does not fit is prepared anew each
        time that it is needed.
    """

    def __init__(
        self, folder: str | Path, preprocessing: Preprocessing, limit_bytes: int = 20 * 2**30
    ) -> None:
        self.preprocessing = preprocessing
        made_by = preprocessing.to_json().encode() + _algorithm()
        name = hashlib.blake2b(made_by, digest_size=8).hexdigest()
        self.folder = Path(folder) / name
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._size = preprocessing.height * preprocessing.width
        self._lock = threading.Lock()
        self._room = limit_bytes - sum(file.stat().st_size for file in self.folder.glob("*/*.u8"))

    def key(self, path: str | Path) -> str:
        """Hash of a file's content, 32 letters, with the page's number for a later page.

        Raises
        ------
        OSError
            Where the file cannot be read.
        """
        file, page = file_and_page(path)
        if not Path(file).is_file():  # a pipe would wait for ever
            raise OSError(errno.EINVAL, "not a regular file", file)
        with Path(file).open("rb") as stream:
            hashed = hashlib.file_digest(stream, _new_hash).hexdigest()
        return f"{hashed}-{page + 1}" if page else hashed

    def load(self, key: str) -> Reduced | None:
        """The page under a key, shape (height, width); None where it is not kept."""
        try:
            data = np.fromfile(self._path(key), dtype=np.uint8)
        except FileNotFoundError:
            return None
        if data.size != self._size:
            return None
        return data.reshape(self.preprocessing.height, self.preprocessing.width)

    def save(self, key: str, page: Reduced) -> bool:
        """Keep a page; False where there is no room left for it."""
        with self._lock:
            if self._room < page.nbytes:
                return False
            self._room -= page.nbytes
        path = self._path(key)
        try:
            path.parent.mkdir(exist_ok=True, mode=0o700)
            with write_beside(path) as aside:
                page.tofile(aside)
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            self._room = 0
            return False
        return True

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.u8"


@lru_cache(maxsize=1)
def _algorithm() -> bytes:
    """Hash of the code that makes a page: what an older version kept is not taken for new."""
    hashed = _new_hash()
    for module in sorted(Path(__file__).parent.glob("*.py")):
        if module.stem in _MAKERS or module.stem.startswith("region"):
            hashed.update(module.read_bytes())
    return hashed.digest()


def _new_hash() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=16)
