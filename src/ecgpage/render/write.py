"""A rendered page and its truth on disk."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ecgpage.render.page import RenderedPage
from ecgpage.render.resolution import with_resolution
from ecgpage.values import Refusal, Refused
from ecgpage.values.truth import Trace, Truth
from ecgpage.values.wfdb_file import write_wfdb

OPTIONS = {
    ".png": [cv2.IMWRITE_PNG_COMPRESSION, 3],
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 92],
}


def write_page(page: RenderedPage, folder: Path, stem: str, image_format: str = "png") -> Path:
    """Write a page and its truth; nothing half-written is left behind.

    Writes ``stem.png`` (or ``.jpg``), ``stem.json`` (layout, scale, boxes, words, style, world,
    seed), ``stem.npz`` (trace centre lines, the whole signal, the map between page and sheet)
    and the WFDB record ``stem`` (what the page shows; NaN elsewhere). Returns the picture's path.

    Raises
    ------
    Refused
        ``unwritable`` where the picture cannot be encoded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".render-", dir=folder) as aside:
        place = Path(aside)
        picture = place / f"{stem}.{image_format}"
        _write_picture(page, picture)
        text = json.dumps(describe(page.truth), indent=1, sort_keys=True)
        (place / f"{stem}.json").write_text(text, encoding="utf-8")
        np.savez_compressed(place / f"{stem}.npz", **arrays(page.truth))  # type: ignore[arg-type]
        write_wfdb(page.truth.record, place, stem)
        for file in sorted(place.iterdir()):
            file.replace(folder / file.name)
    return folder / picture.name


def _write_picture(page: RenderedPage, path: Path) -> None:
    turned = cv2.cvtColor(page.page.image, cv2.COLOR_RGB2BGR)
    done, code = cv2.imencode(path.suffix, turned, OPTIONS[path.suffix])
    if not done:
        raise Refused(
            Refusal(
                where=str(path), what="the picture could not be encoded", expected="png or jpg",
                received=path.suffix, todo="Choose another format.", code="unwritable",
            )
        )  # fmt: skip
    encoded = code.tobytes()
    if page.page.dpi is not None and page.truth.warp is None:
        encoded = with_resolution(encoded, page.page.dpi)
    path.write_bytes(encoded)


def describe(truth: Truth) -> dict[str, Any]:
    """The truth without its arrays, JSON-able."""
    return {
        "record": truth.record.name,
        "layout": truth.layout,
        "rhythm": list(truth.rhythm),
        "simultaneous": truth.simultaneous,
        "px_per_mm": truth.px_per_mm,
        "speed_mm_per_s": truth.speed_mm_per_s,
        "gain_mm_per_mv": truth.gain_mm_per_mv,
        "rate_hz": truth.record.rate_hz,
        "sheet_shape_px": list(truth.sheet_shape_px),
        "page_shape_px": list(truth.page_shape_px),
        "corners_px": truth.corners_px.tolist(),
        "grid_box_px": truth.grid_box_px,
        "homography": None if truth.warp is None else truth.warp.homography.tolist(),
        "step_px": None if truth.warp is None else truth.warp.step_px,
        "traces": [_describe_trace(trace) for trace in truth.traces],
        "pulse_boxes_px": [list(box) for box in truth.pulse_boxes_px],
        "texts": [{"text": text, "box_px": list(box)} for text, box in truth.texts],
        "seed": truth.seed,
        "style": truth.style,
        "world": truth.world,
    }


def _describe_trace(trace: Trace) -> dict[str, Any]:
    return {
        "lead": trace.lead,
        "row": trace.row,
        "column": trace.column,
        "rhythm": trace.rhythm,
        "start_s": trace.start_s,
        "end_s": trace.end_s,
        "box_px": list(trace.box_px),
        "name_box_px": None if trace.name_box_px is None else list(trace.name_box_px),
        "baseline_px": trace.baseline_px.tolist(),
    }


def arrays(truth: Truth) -> dict[str, np.ndarray[Any, Any]]:
    """The truth's arrays.

    ``points_K`` and ``times_K`` of trace K, ``signal_mv`` (whole), ``shown_mv``, ``rate_hz``,
    ``leads``, and ``nodes_px`` of the warp where there is one.
    """
    out: dict[str, np.ndarray[Any, Any]] = {
        "signal_mv": truth.whole.signal_mv.astype(np.float32),
        "shown_mv": truth.record.signal_mv.astype(np.float32),
        "rate_hz": np.array(truth.record.rate_hz),
        "leads": np.array(truth.record.leads),
    }
    for k, trace in enumerate(truth.traces):
        out[f"points_{k}"] = trace.points_px.astype(np.float32)
        out[f"times_{k}"] = trace.times_s.astype(np.float32)
    if truth.warp is not None:
        out["nodes_px"] = truth.warp.nodes_px
    return out
