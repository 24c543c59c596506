"""One string that changes when a data set does."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ecgpage.values import Dataset, file_and_page


def content_hash(name: str | Path) -> str:
    """SHA-256 of a file as hexadecimal, with a WFDB header's signal files; ``absent`` if none.

    A later page of a file (``scan.pdf#2``) has the file's hash with its number behind it.
    """
    place, page = file_and_page(name)
    path = Path(place)
    files = [path]
    if path.suffix == ".hea":
        files += sorted(p for p in path.parent.glob(f"{path.stem}.*") if p != path)
    digest = hashlib.sha256()
    for file in files:
        if not file.is_file():
            return "absent"
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest() + (f"#{page + 1}" if page else "")


def fingerprint(dataset: Dataset) -> str:
    """SHA-256 over keys, labels and the files' contents, whatever the order of the items."""
    digest = hashlib.sha256()
    for item in sorted(dataset, key=lambda item: item.key):
        content = content_hash(item.path)
        for value in (item.key, "" if item.label is None else f"={item.label}", content):
            digest.update(value.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()
