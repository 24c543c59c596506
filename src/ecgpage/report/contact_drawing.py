"""A contact sheet as one picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ecgpage.report.contact_sheet import write_aside
from ecgpage.values import Glimpse

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_WIDTH_PX = 1800
_TALLEST_PX = 20_000
_GAP_PX = 10
_HEAD_PX = 56
_WORDS_PX = 40

_INK, _QUIET, _BAD, _WARN, _EDGE = "#1b1f24", "#5d6672", "#b42318", "#8a5a00", "#d5dae0"


def draw_contact_sheet(
    glimpses: Sequence[Glimpse], path: str | os.PathLike[str], *, title: str
) -> None:
    """Draw the sheet as a PNG, 1800 pixels wide and at most 20,000 high.

    More pages stand in more columns; what does not fit is counted at the end.
    """
    columns = 6 if len(glimpses) <= 60 else 10 if len(glimpses) <= 400 else 15
    width = (_WIDTH_PX - _GAP_PX) // columns - _GAP_PX
    height = round(width * 0.68)
    step = height + _WORDS_PX + _GAP_PX
    rows = min(-(-len(glimpses) // columns), (_TALLEST_PX - 2 * _HEAD_PX) // step)
    shown = glimpses[: rows * columns]
    left_out = len(glimpses) - len(shown)
    total = _HEAD_PX + rows * step + (_HEAD_PX if left_out else 0)
    sheet = Image.new("RGB", (_WIDTH_PX, max(total, 2 * _HEAD_PX)), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP_PX, 14), _head(glimpses, title), fill=_INK, font=_font(22))
    for number, glimpse in enumerate(shown):
        row, column = divmod(number, columns)
        corner = (_GAP_PX + column * (width + _GAP_PX), _HEAD_PX + row * step)
        _draw_card(sheet, draw, glimpse, corner, (width, height))
    if left_out:
        words = f"and {left_out} more"
        draw.text((_GAP_PX, total - 40), words, fill=_QUIET, font=_font(18))
    write_aside(Path(path), lambda file: sheet.save(file, "PNG"))


def _head(glimpses: Sequence[Glimpse], title: str) -> str:
    bad = sum(not glimpse.readable for glimpse in glimpses)
    words = f"{title}: {len(glimpses) - bad} pages"
    return words.encode("utf-8", "replace").decode() + (f", {bad} unreadable" if bad else "")


def _draw_card(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    glimpse: Glimpse,
    corner: tuple[int, int],
    size: tuple[int, int],
) -> None:
    left, top = corner
    width, height = size
    colour = _BAD if not glimpse.readable else _WARN if glimpse.problems else _EDGE
    draw.rectangle((left, top, left + width - 1, top + height - 1), outline=colour, width=1)
    small = _font(12)
    if glimpse.thumbnail_jpeg:
        with Image.open(BytesIO(glimpse.thumbnail_jpeg)) as opened:
            opened.thumbnail((width - 2, height - 2), Image.Resampling.BOX)
            place = (left + (width - opened.width) // 2, top + (height - opened.height) // 2)
            sheet.paste(opened, place)
    else:
        what = glimpse.problems[0].what if glimpse.problems else "no picture"
        for line, words in enumerate(_wrapped(what, width - 16, small)[: height // 16]):
            draw.text((left + 8, top + 8 + 16 * line), words, fill=_BAD, font=small)
    name = _fitted(_page_name(glimpse), width, small)
    draw.text((left, top + height + 3), name, fill=_INK, font=small)
    facts = _fitted(_facts(glimpse), width, small)
    ink = _QUIET if colour == _EDGE else colour
    draw.text((left, top + height + 19), facts, fill=ink, font=small)


@cache
def _font(size: int) -> _Font:
    return ImageFont.load_default(size)


def _page_name(glimpse: Glimpse) -> str:
    return glimpse.name if glimpse.index == 0 else f"{glimpse.name}#{glimpse.index + 1}"


def _facts(glimpse: Glimpse) -> str:
    label = "" if glimpse.label is None else f"{glimpse.label}  "
    if not glimpse.readable:
        return label + ", ".join(problem.code for problem in glimpse.problems)
    codes = "  ".join(problem.code for problem in glimpse.problems)
    return f"{label}{glimpse.columns} x {glimpse.rows} {glimpse.format}  {codes}"


def _fitted(words: str, width: int, font: _Font) -> str:
    """The words with their middle left out where they are too long."""
    if font.getlength(words) <= width:
        return words
    keep = len(words)
    while keep > 2 and font.getlength(short := _shortened(words, keep)) > width:
        keep -= 1
    return short


def _shortened(words: str, keep: int) -> str:
    return f"{words[: keep // 2]}...{words[len(words) - keep + keep // 2 :]}"


def _wrapped(words: str, width: int, font: _Font) -> list[str]:
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
