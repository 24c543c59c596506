"""One string that changes when a data set does."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ecgpage.label.rows import file_of
from ecgpage.values import Dataset


def content_hash(path: Path) -> str:
    """SHA-256 of a file as hexadecimal, with a WFDB header's signal files; ``absent`` if none."""
    files = [path]
    if path.suffix == ".hea":
        files += sorted(p for p in path.parent.glob(f"{path.stem}.*") if p != path)
    digest = hashlib.sha256()
    for file in files:
        if not file.is_file():
            return "absent"
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def fingerprint(dataset: Dataset) -> str:
    """SHA-256 over keys, labels and the files' contents, whatever the order of the items."""
    digest = hashlib.sha256()
    for item in sorted(dataset, key=lambda item: item.key):
        content = content_hash(file_of(item.path))
        for value in (item.key, "" if item.label is None else f"={item.label}", content):
            digest.update(value.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()
