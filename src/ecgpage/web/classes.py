"""Classes a reader chooses from, each with its key."""

from __future__ import annotations

from dataclasses import dataclass

from ecgpage.values import Refusal, WrongUse

DEFAULT_CLASSES = "Normal,Abnormal,Unsure,Unusable"

TAKEN: dict[str, str] = {
    "u": "undo", "h": "blind", "n": "note", "t": "tags", "c": "caliper", "k": "scale",
    "b": "T band", "o": "traces", "i": "invert", "m": "mask", "f": "fit", "a": "agreement",
    "g": "go to", "d": "dark or light",
}  # fmt: skip
"""Letters that the page itself uses."""

MOST_CLASSES = 20


@dataclass(frozen=True, slots=True)
class LabelClass:
    """A class and the one key that gives it."""

    name: str
    key: str


def parse_classes(text: str) -> tuple[LabelClass, ...]:
    """Classes from ``Normal,Abnormal`` or ``Normal=0,Abnormal=x``.

    A class without a key gets the first digit that is free, from 0 on.

    Raises
    ------
    WrongUse
        ``bad-classes``.
    """
    pairs = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    names = [name.strip() for name, _, _ in pairs]
    keys = [key.strip().lower() for _, _, key in pairs]
    if not names or "" in names:
        raise _bad("there is no class, or one without a name", "NAME[=KEY],...", f"'{text}'")
    if len(set(names)) < len(names) or len(names) > MOST_CLASSES:
        raise _bad("a class is named twice, or there are too many",
                   f"up to {MOST_CLASSES} different names", f"'{text}'")  # fmt: skip
    free = [digit for digit in "0123456789" if digit not in keys]
    found = []
    for name, key in zip(names, keys, strict=True):
        if not key and not free:
            raise _bad(f"there is no digit left for '{name}'", "a key of its own", "none")
        found.append(LabelClass(name, key or free.pop(0)))
    _check_keys([one.key for one in found])
    return tuple(found)


def _check_keys(keys: list[str]) -> None:
    for key in keys:
        if key in TAKEN:
            raise _bad(f"the key '{key}' is used for {TAKEN[key]}", "another key", f"'{key}'")
        if len(key) != 1 or not key.isalnum():
            raise _bad("a key is no single letter or digit", "one letter or digit", f"'{key}'")
    if len(set(keys)) < len(keys):
        raise _bad("two classes have one key", "a key of its own for each", ", ".join(keys))


def _bad(what: str, expected: str, received: str) -> WrongUse:
    return WrongUse(
        Refusal("--classes", what, expected, received,
                "Write, for example, --classes Normal=0,Abnormal=1,Unsure=2.", "bad-classes")
    )  # fmt: skip
