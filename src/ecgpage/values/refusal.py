"""A refusal: why something was not done, said so that a person can act on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file, a page, a row or a setting was not used.

    Attributes
    ----------
    where:
        What the refusal is about: a path, ``path#page 3``, a row, a setting.
    what:
        What happened, as a clause without a full stop.
    expected, received:
        What would have been right, and what was found instead.
    todo:
        What to do next, as a sentence.
    code:
        A short stable word for programs, for example ``truncated-image``.
    """

    where: str
    what: str
    expected: str
    received: str
    todo: str
    code: str

    def __str__(self) -> str:
        return (
            f"{self.where}: {self.what}. "
            f"Expected {self.expected}; received {self.received}. {self.todo}"
        )

    def as_dict(self) -> dict[str, str]:
        """The refusal as plain strings, for JSON and tables."""
        return asdict(self)


class Refused(Exception):
    """Raised where one thing cannot be done; carries the :class:`Refusal`.

    ``exit_code`` is what the command line ends with if nobody catches it:
    1 (an item failed) here, 2 (wrong use) in :class:`WrongUse`.
    """

    exit_code = 1

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal

    def __reduce__(self) -> tuple[type[Refused], tuple[Refusal]]:
        return type(self), (self.refusal,)


class WrongUse(Refused):
    """The request itself cannot be carried out: a wrong flag, column, folder or setting."""

    exit_code = 2


def missing_extra(package: str, extra: str, purpose: str) -> WrongUse:
    """The error for an optional part that is not installed, naming the pip command."""
    return WrongUse(
        Refusal(
            where=purpose,
            what=f"the optional part '{extra}' is not installed",
            expected=f"the Python package '{package}'",
            received="an installation without it",
            todo=f"Install it with: pip install 'ecgpage[{extra}]'",
            code="missing-extra",
        )
    )
