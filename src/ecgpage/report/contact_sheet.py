"""A contact sheet: many pages at a glance, as one HTML file or one picture."""

from __future__ import annotations

import base64
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, select_autoescape

from ecgpage.values import Glimpse


def write_contact_sheet(
    glimpses: Sequence[Glimpse], path: str | os.PathLike[str], *, title: str
) -> None:
    """Write the sheet as one self-contained HTML file.

    A page whose large picture is part of its glimpse opens that; another opens its file
    through a relative link, which holds as long as both stay where they are.
    """
    environment = Environment(
        loader=PackageLoader("ecgpage.report"), autoescape=select_autoescape(), trim_blocks=True
    )
    environment.filters["size"] = _size_words
    template = environment.get_template("contact_sheet.html")
    cards = [_card(glimpse, Path(path)) for glimpse in glimpses]
    unreadable = sum(not glimpse.readable for glimpse in glimpses)
    stream = template.stream(
        title=title.encode("utf-8", "replace").decode(),
        cards=cards,
        made=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        readable=len(cards) - unreadable,
        unreadable=unreadable,
        troubled=sum(glimpse.readable and bool(glimpse.problems) for glimpse in glimpses),
        linked=any(card["thumbnail"] and not card["embedded"] for card in cards),
        labels=_counted(glimpse.label or "" for glimpse in glimpses if glimpse.label),
        formats=_counted(glimpse.format for glimpse in glimpses if glimpse.format),
        problems=_counted(p.code for glimpse in glimpses for p in glimpse.problems),
    )
    write_aside(Path(path), lambda file: stream.dump(file, encoding="utf-8"))


def write_aside(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file beside its place and put it there when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _counted(words: Any) -> list[tuple[str, int]]:
    return sorted(Counter(words).items())


def _card(glimpse: Glimpse, sheet: Path) -> dict[str, Any]:
    return {
        "glimpse": glimpse,
        "thumbnail": _data_url(glimpse.thumbnail_jpeg),
        "large": _data_url(glimpse.large_jpeg) or _link(glimpse.path, sheet),
        "embedded": bool(glimpse.large_jpeg),
        "file": _link(glimpse.path, sheet),
        "codes": " ".join(problem.code for problem in glimpse.problems),
    }  # fmt: skip


def _data_url(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else ""


def _link(path: str, sheet: Path) -> str:
    """The file as seen from the sheet, bytes that are no UTF-8 included."""
    try:
        relative = os.path.relpath(path, sheet.parent or ".")
    except ValueError:  # another drive on Windows
        return Path(path).absolute().as_uri()
    return quote(os.fsencode(relative.replace(os.sep, "/")))


def _size_words(count: int) -> str:
    """A file size in words, decimal units."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.0f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"
