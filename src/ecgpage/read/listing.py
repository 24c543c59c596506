"""The files under some paths, with the labels that a data set gives them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ecgpage.read.find import find_files
from ecgpage.values import Dataset, Item


def list_items(paths: Sequence[str], dataset: Dataset | None) -> Iterator[Item]:
    """Yield an item for each file under the paths, named relative to a single folder.

    A file that the data set names carries its label; files that it does not name are listed
    all the same. What the data set names under the paths but is not there is listed last, so
    that it is missed.
    """
    given = {os.path.realpath(item.path): item for item in dataset or ()}
    folder = paths[0] if len(paths) == 1 and Path(paths[0]).is_dir() else None
    for path in find_files(paths):
        name = os.path.relpath(path, folder) if folder else path
        item = given.pop(os.path.realpath(path), None)
        yield Item(name, path, item.label if item else None)
    roots = [os.path.realpath(path) for path in paths]
    for place, item in given.items():
        if any(place == root or place.startswith(root + os.sep) for root in roots):
            yield Item(item.key, item.path, item.label)
