"""What the viewing page holds: the last few electrocardiograms that were dropped on it."""

from __future__ import annotations

import re
import secrets
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ecgpage.flows import view as view_flow
from ecgpage.flows.view import Shown, ViewRequest
from ecgpage.values import Refusal, Refused

MOST_FILES = 4
"""A WFDB record is two or three files; more at once are refused."""
KEPT = 8
"""So many electrocardiograms are held in memory; the oldest goes first."""


class Viewer:
    """Opened electrocardiograms by a number that cannot be guessed; safe for several threads."""

    def __init__(self, request: ViewRequest) -> None:
        self.request = request
        self._shown: OrderedDict[str, Shown] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, files: Mapping[str, bytes]) -> dict[str, Any]:
        """Open what was dropped; files lie in a folder of their own while they are read."""
        if not 0 < len(files) <= MOST_FILES:
            raise Refused(
                Refusal("files", "there are none, or too many", f"1 to {MOST_FILES} files",
                        str(len(files)), "Drop one page, or one WFDB record.", "wrong-files")
            )  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="ecgpage-view-") as folder:
            places = []
            for name, content in files.items():
                place = Path(folder) / safe_name(name)
                place.write_bytes(content)
                places.append(place)
            shown = view_flow.open_files(places, self.request)
        number = secrets.token_hex(8)
        with self._lock:
            self._shown[number] = shown
            while len(self._shown) > KEPT:
                self._shown.popitem(last=False)
        return {"id": number, **view_flow.overlay(shown)}

    def get(self, number: str) -> Shown:
        """One that is open.

        Raises
        ------
        Refused
            ``not-found``.
        """
        with self._lock:
            if number in self._shown:
                return self._shown[number]
        raise Refused(
            Refusal("page", "it is not open any more", "one of the last few", "another",
                    "Drop it again.", "not-found")
        )  # fmt: skip

    def mark(self, number: str, given: Mapping[str, Any], reader: str) -> dict[str, Any]:
        """Keep a mark and answer with everything measured anew."""
        shown = self.get(number)
        request = replace(self.request, reader=reader or self.request.reader)
        time_s = given["time_s"]
        if time_s is not None and not 0 <= time_s <= shown.record.duration_s:
            raise Refused(
                Refusal("mark", "it lies outside the record",
                        f"0 to {shown.record.duration_s:g} s", f"{time_s:g} s",
                        "Move it onto the trace.", "outside")
            )  # fmt: skip
        if given["lead"] not in shown.record.leads or given["beat"] >= len(shown.found.r_peaks_s):
            raise Refused(
                Refusal("mark", "there is no such lead or beat", "one of those shown", "another",
                        "Load the page again.", "no-such-wave")
            )  # fmt: skip
        moved = view_flow.set_mark(
            shown, request, given["lead"], given["wave"], given["bound"], given["beat"], time_s
        )
        with self._lock:
            self._shown[number] = moved
        return {"id": number, **view_flow.overlay(moved)}


def safe_name(name: str) -> str:
    """A file's own name with nothing in it that leads elsewhere."""
    bare = re.sub(r"[^A-Za-z0-9._-]", "_", name.replace("\\", "/").rsplit("/", 1)[-1])
    return bare.lstrip(".")[-100:] or "page"
