"""Files at any address that fsspec knows: s3, gs, az, https and more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ecgpage.read.faults import refused
from ecgpage.read.limits import Limits
from ecgpage.values import Refusal, Refused, WrongUse, missing_extra

_TAGS = ("ETag", "etag", "md5", "md5Hash", "mtime", "LastModified", "last_modified", "updated")
"""What the stores say of a file that changes with its content, the surest first."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of a store: its address, and size and stamp where the store tells them."""

    url: str
    size: int | None = None
    stamp: str = ""


def filesystem(url: str) -> tuple[Any, str]:
    """The store behind an address, and the path within it; listings are not remembered.

    Raises
    ------
    WrongUse
        ``missing-extra`` or ``unknown-scheme``.
    """
    try:
        import fsspec

        store, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        raise missing_extra(error.name or "fsspec", "archive", "files at an address") from error
    except ValueError as error:
        raise WrongUse(
            Refusal(
                where=url,
                what="the address cannot be understood",
                expected="s3://, gs://, az://, https:// or another scheme that fsspec knows",
                received=url.partition("://")[0],
                todo="Correct the address.",
                code="unknown-scheme",
            )
        ) from error
    return store, path


def load_url(url: str, limits: Limits, start: int | None = None, end: int | None = None) -> bytes:
    """The bytes at an address, whole or from ``start`` to ``end``.

    Raises
    ------
    Refused
        ``not-found``, ``no-permission``, ``cannot-read``, ``is-a-folder``, ``empty-file`` or
        ``too-large-file``.
    """
    store, path = filesystem(url)
    try:
        if start is None:
            size = store.info(path).get("size")
            if size is not None and size > limits.bytes:
                raise refused(url, "too-large-file", f"{size} bytes; the limit is {limits.bytes}")
        data = bytes(store.cat_file(path, start=start, end=end))
    except Exception as error:
        raise as_refused(url, error) from error
    if not data:
        raise refused(url, "empty-file", "0 bytes")
    return data


def as_refused(url: str, error: Exception) -> Refused:
    """What a store's error means for a file."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, FileNotFoundError):
        return refused(url, "not-found", "nothing")
    if isinstance(error, PermissionError):
        return refused(url, "no-permission", "permission denied")
    if isinstance(error, IsADirectoryError):
        return refused(url, "is-a-folder", "a folder")
    return refused(url, "cannot-read", type(error).__name__)


def look_at(url: str) -> Listed:
    """Size and stamp of a file; both unknown where the store does not tell."""
    store, path = filesystem(url)
    try:
        return _listed(url, store.info(path))
    except Exception:  # noqa: BLE001 - whatever is wrong is told when the file is read
        return Listed(url)


def list_url(url: str) -> Iterator[Listed]:
    """The files behind an address: a file, a folder with all below it, or a pattern; by name.

    One folder at a time is in memory.

    Raises
    ------
    WrongUse
        ``no-such-path``, ``no-match`` or ``cannot-list``.
    """
    store, path = filesystem(url)
    pattern = any(mark in path for mark in "*[") or ("?" in path and "http" not in url[:5])
    try:
        if pattern:
            found = store.glob(path, detail=True)
            shown = [found[name] for name in sorted(found) if not _hidden(name)]
            files = [info for info in shown if info["type"] != "directory"]
        else:
            info = store.info(path)
            files = [] if info["type"] == "directory" else [info]
    except FileNotFoundError as error:
        raise _cannot_list(url, "no-such-path", "nothing of that name") from error
    except Exception as error:
        raise _cannot_list(url, "cannot-list", type(error).__name__) from error
    if pattern and not files:
        raise _cannot_list(url, "no-match", "no match")
    if not pattern and not files:
        yield from _below(store, path, url)
    for info in files:
        yield _listed(url if not pattern else store.unstrip_protocol(info["name"]), info)


def _below(store: Any, folder: str, url: str) -> Iterator[Listed]:
    try:
        entries = sorted(store.ls(folder, detail=True), key=lambda info: str(info["name"]))
    except Exception as error:
        raise _cannot_list(url, "cannot-list", type(error).__name__) from error
    for info in entries:
        name = str(info["name"]).rstrip("/")
        if name == folder.rstrip("/") or _hidden(name):
            continue
        if info["type"] == "directory":
            yield from _below(store, name, url)
        else:
            yield _listed(store.unstrip_protocol(name), info)


def _hidden(name: str) -> bool:
    return name.rpartition("/")[2].startswith(".")


def _listed(url: str, info: dict[str, Any]) -> Listed:
    size = info.get("size")
    tag = next((info[name] for name in _TAGS if info.get(name)), "")
    stamp = f"{size}-{str(tag).strip(chr(34))}" if size is not None and tag else ""
    return Listed(url, size, stamp)


def _cannot_list(url: str, code: str, received: str) -> WrongUse:
    return WrongUse(
        Refusal(
            where=url,
            what="there are no files to be found",
            expected="a file, a folder or a pattern that matches",
            received=received,
            todo="Check the address and the credentials.",
            code=code,
        )
    )
