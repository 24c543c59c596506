"""The client of the archive tests: a run over pages of which some end their process on purpose."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any

from ecgpage.flows.archive import ArchiveRequest, work_through
from ecgpage.flows.archive_looks import PredictLook, open_predict_look
from ecgpage.read.contents import load_bytes
from ecgpage.read.limits import Limits
from ecgpage.values import file_and_page
from ecgpage.work import Means

MARK = 8
"""Bytes at the end of a file that say what its page does to its process."""

ACTS: dict[bytes, str] = {
    b"-SIGKILL": "worker-died",
    b"-SIGSEGV": "worker-died",
    b"-EXIT007": "worker-died",
    b"-HANGING": "timed-out",
    b"-FILLING": "too-much-memory",
}
"""What a page does, and the code that it is refused with."""


@dataclass(frozen=True, slots=True)
class MarkedLook(PredictLook):
    """Predicts, unless the file's last bytes say otherwise."""

    def __call__(self, place: str, digest: str) -> dict[str, Any]:
        act(load_bytes(file_and_page(place)[0], Limits())[-MARK:])
        return PredictLook.__call__(self, place, digest)


def act(mark: bytes) -> None:
    """Do what a mark says; nothing for any other."""
    if mark == b"-SIGKILL":
        os.kill(os.getpid(), signal.SIGKILL)
    elif mark == b"-SIGSEGV":
        ctypes.string_at(0)
    elif mark == b"-EXIT007":
        os._exit(7)
    elif mark == b"-HANGING":
        time.sleep(600)
    elif mark == b"-FILLING":
        held = [b"x" * 2**26 for _ in range(32)]
        time.sleep(600)
        del held


def main() -> None:
    """Run what standard input asks for, and print what came of it."""
    asked = json.loads(sys.stdin.read())
    look = MarkedLook(open_predict_look(asked.pop("model")).predictor)
    means = Means(**asked.pop("means"))
    told = work_through(ArchiveRequest(means=means, **asked), look)
    count = told.count
    print(json.dumps([count.pages, count.done, count.refused, told.worked]))
