"""Everything that decides a training run, as one validated frozen dataclass."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from ecgpage.values import Refusal, WrongUse

Probability = Annotated[float, Field(ge=0.0, lt=1.0)]


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class TrainSettings:
    """Settings of one training run; a network's own defaults come before these.

    Sizes are in pixels, ``learning_rate`` is the highest of the schedule, ``patience`` and
    ``warmup_epochs`` count epochs (``patience`` 0 never stops early), ``ema`` is the decay of
    the running average of the weights (0 switches it off), ``depth`` counts convolution
    blocks, ``width_factor`` multiplies the filters of each. Pages are grouped by the column
    ``group``, by what ``group_pattern`` captures in the file name, else by near-duplicates;
    ``random_split`` takes each page for itself, which leaks wherever pages have twins.
    """

    network: str = "trace"
    # What the network sees.
    height: Annotated[int, Field(ge=16, le=4096)] = 276
    width: Annotated[int, Field(ge=16, le=4096)] = 480
    mode: Literal["grey", "ink", "rows"] = "ink"
    normalise: Literal["unit", "standard"] = "unit"
    mask: bool = True
    augmentation: Literal["none", "notebook", "paper", "strips"] = "paper"
    augmentation_strength: Annotated[float, Field(ge=0.0, le=4.0)] = 1.0
    # The network.
    depth: Annotated[int, Field(ge=1, le=8)] = 5
    width_factor: Annotated[float, Field(gt=0.0, le=8.0)] = 1.0
    dropout: Probability = 0.5
    batch_norm: bool = True
    # The optimisation.
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 30
    batch_size: Annotated[int, Field(ge=1, le=4096)] = 32
    learning_rate: Annotated[float, Field(gt=0.0, le=1.0)] = 1e-3
    schedule: Literal["constant", "cosine"] = "cosine"
    warmup_epochs: Annotated[float, Field(ge=0.0, le=100.0)] = 1.0
    weight_decay: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    label_smoothing: Annotated[float, Field(ge=0.0, le=0.5)] = 0.0
    class_weights: Literal["balanced", "none"] = "balanced"
    ema: Probability = 0.0
    monitor: Literal["auc", "loss"] = "auc"
    patience: Annotated[int, Field(ge=0, le=10_000)] = 10
    members: Annotated[int, Field(ge=1, le=64)] = 1
    # The split, and all chance.
    group: str | None = None
    group_pattern: str | None = None
    random_split: bool = False
    validation_fraction: Annotated[float, Field(ge=0.0, le=0.6)] = 0.15
    test_fraction: Annotated[float, Field(ge=0.0, le=0.6)] = 0.2
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0

    def __post_init__(self) -> None:
        ways = [name for name in ("group", "group_pattern", "random_split") if getattr(self, name)]
        if len(ways) > 1:
            raise ValueError(f"{' and '.join(ways)} exclude each other")
        if self.validation_fraction + self.test_fraction >= 1.0:
            raise ValueError("validation_fraction and test_fraction leave nothing to train on")

    @property
    def fractions(self) -> tuple[float, float, float]:
        """Shares of train, validation and test."""
        rest = 1.0 - self.validation_fraction - self.test_fraction
        return rest, self.validation_fraction, self.test_fraction

    def as_dict(self) -> dict[str, Any]:
        """The settings as plain values, for JSON."""
        return asdict(self)

    def as_toml(self) -> str:
        """The settings as TOML that :func:`read_settings` reads back."""
        given = {name: value for name, value in self.as_dict().items() if value is not None}
        return "".join(f"{name} = {_toml(value)}\n" for name, value in given.items())


def _toml(value: Any) -> str:
    """A plain value as TOML: JSON's spelling, and the one character escaped that JSON leaves."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


NAMES: tuple[str, ...] = tuple(field.name for field in fields(TrainSettings))
"""The settings' names, in their order."""

_ADAPTER: TypeAdapter[TrainSettings] = TypeAdapter(TrainSettings)


def make_settings(given: Mapping[str, Any], where: str = "settings") -> TrainSettings:
    """Settings from names and values, every fault shown together.

    Raises
    ------
    WrongUse
        With one clause for each unknown name (and the nearest known one), each value of a
        wrong type and each value out of its range.
    """
    try:
        return _ADAPTER.validate_python(dict(given), strict=False)
    except ValidationError as error:
        clauses = [_clause(fault) for fault in error.errors()]
        raise WrongUse(
            Refusal(
                where=where,
                what="; ".join(clauses),
                expected="settings that `ecgpage train --help` lists, each in its range",
                received=f"{len(clauses)} fault{'s' if len(clauses) > 1 else ''}",
                todo="Correct them all and run the command again.",
                code="bad-settings",
            )
        ) from None


def _clause(fault: Mapping[str, Any]) -> str:
    """One fault as a clause a person can act on."""
    name = str(fault["loc"][0]) if fault["loc"] else "settings"
    if fault["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.5)
        hint = f", did you mean '{near[0]}'?" if near else ""
        return f"unknown setting '{name}'{hint}"
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    message = str(fault["msg"]).removeprefix("Input ").strip()
    return f"'{name}' {message} (received {fault['input']!r})"


def read_settings(path: str | Path) -> dict[str, Any]:
    """The names and values of a TOML file, to be laid over a network's defaults."""
    path = Path(path)
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _unreadable(path, "the file does not exist", "no file", "no-config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unreadable(path, "the file is not TOML", str(error), "bad-toml") from None
    return given


def parse_settings(texts: Sequence[str]) -> dict[str, Any]:
    """Names and values of ``name=value`` texts, values as TOML or, failing that, as words."""
    given: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise WrongUse(
                Refusal(
                    where="--set",
                    what="this is no setting",
                    expected="name=value, for example --set weight_decay=0.0001",
                    received=repr(text),
                    todo="Write the name, an equals sign and the value.",
                    code="bad-setting",
                )
            )
        try:
            given[name.strip()] = tomllib.loads(f"value = {value.strip()}")["value"]
        except tomllib.TOMLDecodeError:
            given[name.strip()] = value.strip()
    return given


def _unreadable(path: Path, what: str, received: str, code: str) -> WrongUse:
    return WrongUse(
        Refusal(
            where=str(path),
            what=what,
            expected="a TOML file with one `name = value` line for each setting",
            received=received,
            todo="Check the path given with --config.",
            code=code,
        )
    )
