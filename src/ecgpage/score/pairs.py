"""Which estimate belongs to which truth: WFDB records of two folders, matched by stem."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ecgpage.values import Refusal, WrongUse


@dataclass(frozen=True, slots=True)
class Pair:
    """A true record and its estimate, as paths of headers; None where there is no estimate."""

    stem: str
    truth: Path
    estimate: Path | None


def pair_records(truth: str | Path, estimates: str | Path) -> tuple[list[Pair], list[str]]:
    """Pair the headers of two folders (and the folders below them) by stem.

    Returns
    -------
    list of Pair, list of str
        One pair for each true record, sorted by stem; and the stems of estimates that belong
        to no truth.

    Raises
    ------
    WrongUse
        Where a folder does not exist, holds no record of truth, or two records of one folder
        have the same stem.
    """
    true, said = _headers(Path(truth)), _headers(Path(estimates))
    if not true:
        raise _wrong(Path(truth), "the folder holds no record", "WFDB headers (.hea)", "none")
    pairs = [Pair(stem, path, said.get(stem)) for stem, path in sorted(true.items())]
    return pairs, sorted(set(said) - set(true))


def _headers(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise _wrong(folder, "the folder does not exist", "a folder of WFDB records", "no folder")
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.hea")):
        if path.stem in found:
            raise _wrong(
                folder,
                f"two records have the stem '{path.stem}'",
                "each stem once, since records are matched by it",
                f"{found[path.stem].relative_to(folder)} and {path.relative_to(folder)}",
            )
        found[path.stem] = path
    return found


def _wrong(where: Path, what: str, expected: str, received: str) -> WrongUse:
    todo = "Name the folder of true records first and the folder of estimates second."
    return WrongUse(Refusal(str(where), what, expected, received, todo, "bad-record-folder"))


def no_estimate(pair: Pair) -> Refusal:
    """Why a page counts 0 dB where no estimate was written."""
    return Refusal(
        where=pair.stem,
        what="there is no estimate",
        expected=f"a record {pair.stem}.hea among the estimates",
        received="none",
        todo="See what the digitiser said of this page.",
        code="no-estimate",
    )
