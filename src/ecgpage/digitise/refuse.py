"""The refusals of this room, one function a kind."""

from __future__ import annotations

from ecgpage.values import Refusal, Refused


def no_grid(where: str, received: str) -> Refused:
    """No regular grid stands out from the page."""
    return Refused(
        Refusal(
            where=where,
            what="no millimetre grid was found",
            expected="a regular grid (or a calibration pulse) that gives the scale",
            received=received,
            todo="Give a sharper or larger picture of the page, with its grid visible.",
            code="no-grid",
        )
    )


def no_traces(where: str, received: str) -> Refused:
    """There is a page, but no ECG on it."""
    return Refused(
        Refusal(
            where=where,
            what="no ECG traces were found on the page",
            expected="rows of ink that run from left to right",
            received=received,
            todo="Check that the file is an ECG page and that its traces are visible.",
            code="no-traces",
        )
    )


def unknown_layout(where: str, received: str) -> Refused:
    """The rows were found, but which leads they carry stays open."""
    return Refused(
        Refusal(
            where=where,
            what="the layout of the leads could not be told",
            expected="rows and columns of a 12-lead page with readable or consistent lead names",
            received=received,
            todo="Give the whole page; crops and other lead sets are not read.",
            code="unknown-layout",
        )
    )


def too_small(where: str, received: str) -> Refused:
    """Too few pixels for each millimetre."""
    return Refused(
        Refusal(
            where=where,
            what="the picture is too small to read a trace from it",
            expected="at least 2 pixels for each millimetre of paper",
            received=received,
            todo="Scan or render the page at 100 dpi or more.",
            code="too-small",
        )
    )
