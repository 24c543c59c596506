"""One call of the function on one item, whatever it does."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from ecgpage.values import Refusal, Refused, WrongUse
from ecgpage.work.engine import Done, Failed, Function, Reply


def call(function: Function, where: str, item: Any) -> Reply:
    """Call the function; a raised exception becomes a refusal that names its type and place.

    The exception's own words are left out: they may quote a file's content.
    """
    try:
        return Done(function(item))
    except WrongUse as error:
        return Failed(error.refusal, wrong_use=True)
    except Refused as error:
        return Failed(error.refusal)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the batch goes on
        return Failed(unexpected(where, error))


def unexpected(where: str, error: BaseException) -> Refusal:
    """The refusal for an exception that nobody foresaw."""
    return Refusal(
        where=where,
        what="an error in the program",
        expected="a value or a stated reason",
        received=f"{type(error).__name__} {_place(error)}",
        todo="Please report it with this line; the other items go on.",
        code="unexpected",
    )


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "at an unknown place"
    last = frames[-1]
    path = Path(last.filename)
    return f"at {path.parent.name}/{path.name}:{last.lineno} in {last.name}"
