"""The bytes of a file, or the reason why there are none."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from ecgpage.read.faults import refused
from ecgpage.read.limits import Limits
from ecgpage.read.remote import load_url
from ecgpage.values import is_url

_HELD: ContextVar[tuple[str, bytes] | None] = ContextVar("held", default=None)


@contextmanager
def held(path: str, limits: Limits | None = None) -> Iterator[bytes]:
    """The bytes of a file, read once: whatever reads the same path meanwhile gets these.

    Raises
    ------
    Refused
        As :func:`load_bytes`.
    """
    data = load_bytes(path, limits or Limits())
    token = _HELD.set((path, data))
    try:
        yield data
    finally:
        _HELD.reset(token)


def load_bytes(path: str, limits: Limits) -> bytes:
    """Read a regular file whole, or what lies at an address.

    Raises
    ------
    Refused
        ``not-found``, ``broken-link``, ``is-a-folder``, ``not-a-file``, ``no-permission``,
        ``bad-name``, ``cannot-read``, ``empty-file`` or ``too-large-file``.
    """
    kept = _HELD.get()
    if kept is not None and kept[0] == path:
        return kept[1]
    if is_url(path):
        return load_url(path, limits)
    try:
        state = os.stat(path)  # noqa: PTH116 - a path with surrogates or a null byte included
        _refuse_special(path, state.st_mode)
        if state.st_size > limits.bytes:
            raise refused(
                path, "too-large-file", f"{state.st_size} bytes; the limit is {limits.bytes}"
            )
        data = Path(path).read_bytes()
    except OSError as error:
        raise refused(path, *_reason(path, error)) from error
    except ValueError as error:
        raise refused(path, "bad-name", str(error)) from error
    if not data:
        raise refused(path, "empty-file", "0 bytes")
    return data


def _refuse_special(path: str, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise refused(path, "is-a-folder", "a folder")
    kinds = (
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a character device"),
        (stat.S_ISBLK, "a block device"),
    )
    received = next((name for test, name in kinds if test(mode)), "a special file")
    raise refused(path, "not-a-file", received)


def _reason(path: str, error: OSError) -> tuple[str, str]:
    """Code and received words for an error of the operating system."""
    if isinstance(error, FileNotFoundError):
        linked = Path(path).is_symlink()
        return ("broken-link", "a dangling link") if linked else ("not-found", "nothing")
    if isinstance(error, PermissionError):
        return "no-permission", error.strerror or "permission denied"
    if isinstance(error, NotADirectoryError):
        return "not-found", "a path that goes through a file"
    return "cannot-read", error.strerror or type(error).__name__
