"""Files written to any address: a local path, or whatever fsspec knows."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from ecgpage.values import Refusal, WrongUse, is_url, missing_extra, write_beside

_WHOLE = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "memory")
"""Stores in which an object is there whole or not at all, once it is put."""


def put_bytes(place: str, data: bytes) -> None:
    """Write a file whole, in place of an earlier one.

    On a disk it is written aside and renamed; an object store takes it in one put; anything
    else gets it aside and moves it.

    Raises
    ------
    WrongUse
        ``missing-extra``, ``cannot-write``.
    """
    if not is_url(place):
        with write_beside(place) as aside:
            aside.write_bytes(data)
        return
    files, path = _files(place)
    try:
        if place.partition("://")[0].lower() in _WHOLE:
            files.pipe_file(path, data)
            return
        files.makedirs(path.rpartition("/")[0], exist_ok=True)
        aside_path = f"{path.rpartition('/')[0]}/.{uuid.uuid4().hex}.part"
        files.pipe_file(aside_path, data)
        files.mv(aside_path, path)
    except Exception as error:
        raise _cannot_write(place, type(error).__name__) from error


def holds_files(place: str) -> bool:
    """Whether anything lies below an address."""
    if not is_url(place):
        folder = Path(place)
        return folder.is_dir() and any(folder.iterdir())
    files, path = _files(place)
    try:
        return bool(files.ls(path, detail=False))
    except FileNotFoundError:
        return False
    except Exception as error:
        raise _cannot_write(place, type(error).__name__) from error


def join(place: str, *names: str) -> str:
    """An address below another."""
    return "/".join((place.rstrip("/"), *names))


def _files(place: str) -> tuple[Any, str]:
    try:
        import fsspec

        files, path = fsspec.core.url_to_fs(place, use_listings_cache=False)
    except ImportError as error:
        raise missing_extra(error.name or "fsspec", "archive", "files at an address") from error
    except ValueError as error:
        raise _cannot_write(place, "an address with an unknown scheme") from error
    return files, str(path)


def _cannot_write(place: str, received: str) -> WrongUse:
    return WrongUse(
        Refusal(
            where=place,
            what="nothing can be written there",
            expected="a folder, or an address that may be written",
            received=received,
            todo="Check the address and the credentials, and run the same command again.",
            code="cannot-write",
        )
    )
