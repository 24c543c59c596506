"""What the labelling room answers: plain values for JSON, no web framework."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ecgpage
from ecgpage.flows import label_pages as desk_flow
from ecgpage.flows.label_pages import Desk
from ecgpage.flows.label_pages_agreement import (
    CONSENSUS_COLUMNS,
    agreement,
    consensus_cells,
    consensus_rows,
)
from ecgpage.flows.label_pages_model import Opinion
from ecgpage.flows.label_pages_queues import QUEUES, View, find_queue, resume_at
from ecgpage.values import Judgement, Refusal, WrongUse
from ecgpage.web.pictures import Pictures
from ecgpage.web.scoring import Scoring
from ecgpage.web.settings import WebSettings


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Desk, pictures and model behind one server."""

    desk: Desk
    settings: WebSettings
    pictures: Pictures
    scoring: Scoring

    def session(self) -> dict[str, Any]:
        """What the page needs to know first."""
        request = self.desk.request
        return {
            "dataset": Path(request.source).absolute().name,
            "version": ecgpage.__version__,
            "pages": len(self.desk.items),
            "classes": [{"name": one.name, "key": one.key} for one in self.settings.classes],
            "reader": self.settings.reader,
            "readers": sorted(self._people()),
            "queue": self.settings.queue,
            "queues": [
                {"name": name, "title": queue.title, "what": queue.what,
                 "needs_model": queue.needs_model}
                for name, queue in QUEUES.items()
            ],
            "blind_only": request.blind,
            "masked_only": request.mask,
            "scoring": self.scoring.state(),
        }  # fmt: skip

    def queue(self, name: str, reader: str, *, blind: bool) -> dict[str, Any]:
        """The pages of a queue, in order, with the reader's labels and where to go on."""
        queue, blind = find_queue(name), blind or self.desk.request.blind
        if queue.needs_model:
            self.scoring.start()
        opinions = self.scoring.snapshot()
        keys = queue.keys(View(self.desk, reader, opinions))
        self.pictures.follow(keys)
        own = desk_flow.own_labels(self.desk, reader)
        said = {} if blind else desk_flow.suggestions(self.desk)
        shown = {} if blind else opinions
        return {
            "queue": name,
            "start": resume_at(keys, own) if queue.resumes else 0,
            "blind": blind,
            "pages": [
                {"key": key, "own": spoken(own.get(key)),
                 "suggestion": suggestion(said.get(key), shown.get(key))}
                for key in keys
            ],
            "progress": self.progress(own),
        }  # fmt: skip

    def label(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a label; what is answered is on the disk."""
        names = {one.name for one in self.settings.classes}
        if given["label"] is not None and given["label"] not in names:
            raise WrongUse(
                Refusal("label", "there is no such class", "one of " + ", ".join(sorted(names)),
                        "another name", "Choose one of them.", "unknown-class")
            )  # fmt: skip
        values = {name: value for name, value in given.items() if name not in ("key", "label")}
        reader = values.pop("reader")
        kept = desk_flow.keep_label(self.desk, given["key"], given["label"], reader, **values)
        return {"saved": spoken(kept), "key": kept.key}

    def undo(self, reader: str, *, adjudicate: bool) -> dict[str, Any]:
        """Take back; the page and what holds for it now."""
        kept = desk_flow.take_back(self.desk, reader, adjudicate=adjudicate)
        return {"key": kept.key, "own": spoken(kept) if kept.label is not None else None}

    def history(self, key: str, reader: str, *, blind: bool) -> dict[str, Any]:
        """Who said what of a page, when."""
        blind = blind or self.desk.request.blind
        said = desk_flow.said_of(self.desk, key, reader, blind=blind)
        return {"key": key, "said": [{"source": one.source, **spoken_fully(one)} for one in said]}

    def progress(self, own: Mapping[str, Judgement]) -> dict[str, Any]:
        """Done, left, and pages a minute."""
        pace = desk_flow.pace(self.desk, own)
        return {"done": pace.done, "left": pace.left, "pages_per_minute": pace.pages_per_minute}

    def agreement(self, *, blind_only: bool) -> dict[str, Any]:
        """Kappas with their intervals."""
        return agreement(self.desk, blind_only=blind_only).as_dict()

    def consensus(self, form: str) -> str:
        """What readers agree on, as CSV or JSON."""
        rows = consensus_rows(self.desk)
        return as_csv(rows) if form == "csv" else json.dumps(list(rows), ensure_ascii=False)

    def close(self) -> None:
        """Stop the background work; the desk belongs to whoever opened it."""
        self.scoring.close()
        self.pictures.close()

    def _people(self) -> set[str]:
        ending = desk_flow.ADJUDICATOR
        found = self.desk.labels.readers()
        return {one.who.removesuffix(ending) for one in found if one.source == "person"}


def spoken(said: Judgement | None) -> dict[str, Any] | None:
    """A reader's label for the page list."""
    if said is None:
        return None
    return {"label": said.label, "blind": said.blind, "note": said.note, "tags": list(said.tags),
            "when": said.when.isoformat()}  # fmt: skip


def spoken_fully(said: Judgement) -> dict[str, Any]:
    """A judgement with its author."""
    return {"who": said.who, "score": said.score, **(spoken(said) or {})}


def suggestion(said: Judgement | None, opinion: Opinion | None) -> dict[str, Any] | None:
    """What to suggest, and why: the model that was asked, else what the store has."""
    if opinion is not None:
        return {"label": opinion.label, "by": "model", "why": opinion.why}
    if said is None or said.label is None:
        return None
    return {"label": said.label, "by": said.who, "why": said.note or f"said by {said.source}"}


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """The consensus as CSV."""
    stream = io.StringIO()
    table = csv.DictWriter(stream, CONSENSUS_COLUMNS)
    table.writeheader()
    table.writerows(consensus_cells(row) for row in rows)
    return stream.getvalue()
