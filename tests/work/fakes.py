"""Functions that misbehave, at the top of a module so that worker processes find them."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from ecgpage.values import Refusal, Refused, WrongUse

REFUSAL = Refusal("page", "it is odd", "an even number", "an odd one", "Add one.", "odd")


class Unpicklable:
    """A value that cannot leave its process."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("stays here")


class Unreadable:
    """A value that leaves its process and cannot be made again."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _refuse_to_load, ()


def _refuse_to_load() -> NoReturn:
    raise ValueError("not here")


def double(item: int) -> int:
    return 2 * item


def slow_first(item: int) -> int:
    """The first item takes longer than all others together."""
    if item == 0:
        time.sleep(0.3)
    return item


def refuse_odd(item: int) -> int:
    if item % 2:
        raise Refused(REFUSAL)
    return item


def misbehave(item: str) -> Any:
    """Do what the item says."""
    acts = {
        "raise": lambda: 1 // 0,
        "leave": lambda: sys.exit(3),
        "exit": lambda: os._exit(7),
        "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
        "unpicklable": Unpicklable,
        "unreadable": Unreadable,
        "hang": lambda: time.sleep(60),
        "eat": _eat,
        "wrong": _wrong_use,
        "none": lambda: None,
    }
    return acts[item]() if item in acts else item


def _wrong_use() -> NoReturn:
    raise WrongUse(REFUSAL)


def _eat() -> NoReturn:
    """Take memory until somebody ends it, at most 2 GiB, and hold it."""
    held = [b"x" * 2**26 for _ in range(32)]
    time.sleep(60)
    del held
    raise AssertionError("nobody ended this")


def misbehave_second(item: tuple[int, str]) -> Any:
    return misbehave(item[1])


def slow_note_of_worker(item: tuple[str, int]) -> tuple[int, int]:
    """The item's number and the process that this one belongs to."""
    time.sleep(0.03)
    return item[1], os.getppid()


def die_once(path: str) -> str:
    """Die where the file does not exist yet, and make it."""
    if not Path(path).exists():
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def note_and_double(item: tuple[str, int]) -> int:
    """Leave a trace of each call in a folder."""
    folder, number = item
    with (Path(folder) / f"{number}.calls").open("a") as file:
        file.write("x")
    return 2 * number


def slow_note(item: tuple[str, int]) -> int:
    time.sleep(0.02)
    return note_and_double(item)


def threads(item: int) -> str:
    return os.environ.get("OMP_NUM_THREADS", "")
