"""What requests may hold; everything else is refused before it reaches a function."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def _readable(text: str) -> str:
    if any(ord(sign) < 32 and sign not in "\n\t" for sign in text) or "\x7f" in text:
        raise ValueError("control characters are not allowed")
    return text


def _name(text: str) -> str:
    if not text.isprintable() or text.endswith("(adjudication)"):
        raise ValueError("a name has printable characters, and is nobody's adjudication")
    return text


Reader = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    AfterValidator(_name),
]
Key = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
Tag = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=40),
    AfterValidator(_readable),
]


class Body(BaseModel):
    """A request's body; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Entry(Body):
    """The token, shown once."""

    token: str = Field(max_length=500)


class Label(Body):
    """A label as it is keyed; ``label`` None takes it back."""

    key: Key
    label: str | None = Field(max_length=200)
    reader: Reader
    blind: bool
    note: Annotated[str, Field(max_length=4000), AfterValidator(_readable)] = ""
    tags: list[Tag] = Field(default=[], max_length=20)
    adjudicate: bool = False


class Undo(Body):
    """Whose last judgement is taken back."""

    reader: Reader
    adjudicate: bool = False


class Mark(Body):
    """A mark that was moved; ``time_s`` None takes it back."""

    id: Annotated[str, StringConstraints(pattern="^[0-9a-f]{16}$")]
    lead: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    wave: Literal["P", "QRS", "T"]
    bound: Literal["onset", "peak", "offset"]
    beat: Annotated[int, Field(ge=0, le=10_000)]
    time_s: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None
    reader: Annotated[str, StringConstraints(max_length=80), AfterValidator(_readable)] = ""
