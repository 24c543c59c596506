"""What each command does with a page of an archive, as rows of its tables."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ecgpage
from ecgpage import audit, digitise, learn, measure, read, store
from ecgpage.flows.measure import MeasureRequest, open_any
from ecgpage.flows.measure_page import register_vectors
from ecgpage.flows.pages import open_page
from ecgpage.flows.predict import is_jpeg
from ecgpage.values import Work, file_and_page


@dataclass(frozen=True, slots=True)
class PredictLook:
    """What a model says of a page; the model travels with it."""

    predictor: learn.Predictor

    def __call__(self, place: str, digest: str) -> dict[str, Any]:  # noqa: ARG002
        """One row for ``predictions``."""
        register_vectors()
        enough = self.predictor.preprocessing.enough
        jpeg = is_jpeg(file_and_page(place)[0])
        page = open_page(place, at_least=enough if jpeg else None)
        said = self.predictor.predict([page])[0]
        row = {"label": said.label, "probability": said.probability,
               "probabilities": list(said.probabilities)}  # fmt: skip
        return {"rows": {"predictions": [row]}}


@dataclass(frozen=True, slots=True)
class MeasureLook:
    """Waves, measurements, findings and verdict of a page."""

    request: MeasureRequest

    def __call__(self, place: str, digest: str) -> dict[str, Any]:  # noqa: ARG002
        """Rows for ``verdicts``, ``measurements``, ``findings`` and ``waves``."""
        opened = open_any(place, is_record=False, request=self.request)
        return {"rows": measure.measure_record(opened.record).as_rows()}


@dataclass(frozen=True, slots=True)
class DigitiseLook:
    """A page back into leads; the record is written where ``records`` says, if it does.

    Records are named after their page's content, so that copies of a page share one.
    """

    settings: digitise.Settings
    dpi: float = 200.0
    records: str | None = None
    formats: tuple[str, ...] = ()

    def __call__(self, place: str, digest: str) -> dict[str, Any]:
        """Rows for ``readings`` and ``leads``, and where the record lies."""
        reading = digitise.read_page(open_page(place, dpi=self.dpi), self.settings)
        rows = reading.as_rows()
        if self.records is None:
            return {"rows": rows}
        stem = f"{digest}-{(file_and_page(place)[1] or 0) + 1}"
        with tempfile.TemporaryDirectory(prefix="ecgpage-") as folder:
            for name in digitise.write_reading(reading, Path(folder), stem, self.formats):
                data = (Path(folder) / name).read_bytes()
                store.put_bytes(store.join(self.records, digest[:2], name), data)
        return {"rows": rows, "record": f"{digest[:2]}/{stem}"}


@dataclass(frozen=True, slots=True)
class AuditLook:
    """What an audit needs to know of a page, without its pictures."""

    def __call__(self, place: str, digest: str) -> dict[str, Any]:  # noqa: ARG002
        """One row for ``traits``."""
        page = open_page(place)
        row = audit.traits_row(audit.describe(page, read.problems(page)))
        return {"rows": {"traits": [row]}}


def open_predict_look(model: Path) -> PredictLook:
    """The look of a model folder, with the model's graph in it for machines without the folder."""
    predictor = learn.Predictor.load(store.read_model(model).path)
    predictor.carry()
    return PredictLook(predictor)


Looks = PredictLook | MeasureLook | DigitiseLook | AuditLook


def work_of(look: Looks) -> Work:
    """Command, settings and version: all that decides what a look gives."""
    version = ecgpage.__version__
    settings: dict[str, Any] = {}
    match look:
        case PredictLook():
            command = "predict"
            settings["model"] = look.predictor.fingerprint()
            settings["positive"] = look.predictor.positive
            settings["classes"] = list(look.predictor.classes)
        case MeasureLook():
            command, version = "measure", f"{version} measure {measure.VERSION}"
            asked = look.request
            settings = {"settings": asdict(asked.settings), "age_y": asked.age_y}
            settings |= {"sex": asked.sex, "dpi": asked.dpi}
        case DigitiseLook():
            command = "digitise"
            settings = {"settings": asdict(look.settings), "dpi": look.dpi}
            settings |= {"records": look.records, "formats": list(look.formats)}
        case AuditLook():
            command = "audit"
    return Work(command, settings, version)
