"""What rows' leads usually do together, and whose a stroke is that more than one could have."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ecgpage.digitise.leads.together import EIGHT, TOGETHER, spread_mv2
from ecgpage.digitise.tracing.follow import follow_rows
from ecgpage.digitise.tracing.kinship import Kinship, entries, likely_heights
from ecgpage.digitise.tracing.rows import Row
from ecgpage.digitise.tracing.runs import find_runs
from ecgpage.digitise.tracing.untangle import untangle
from ecgpage.values import LEADS

MM = (8.0, 8.0)


def test_the_twelve_leads_go_together_by_einthoven_s_and_goldberger_s_laws() -> None:
    spread = spread_mv2(LEADS)
    of = {lead: k for k, lead in enumerate(LEADS)}
    for law in ({"III": 1, "II": -1, "I": 1}, {"aVR": 1, "I": 0.5, "II": 0.5},
                {"aVR": 1, "aVL": 1, "aVF": 1}):  # fmt: skip
        mix = np.zeros(12)
        for lead, share in law.items():
            mix[of[lead]] = share
        assert mix @ spread @ mix == pytest.approx(0.0, abs=1e-12)
    assert np.linalg.eigvalsh(TOGETHER).min() > 0.01
    assert np.trace(TOGETHER) == pytest.approx(len(EIGHT), abs=0.01)
    assert spread_mv2(["", "V1"])[0, 1] == 0.0


def test_a_row_is_expected_where_rows_of_its_kin_go() -> None:
    height = np.array([[100.0, 60.0], [160.0, np.nan]])
    spread = np.array([[900.0, 880.0], [880.0, 900.0]])
    kin = Kinship(0, 1, np.array([100.0, 160.0]), spread, 2.0)
    known = likely_heights(kin, (1,), (height, np.array([[1.0, 1.0], [1e9, 1e9]])), (0, 200), 1, MM)
    assert known.expected[0] == pytest.approx([160.0, 121.0], abs=1.5)
    unknown = likely_heights(kin, (1,), (height, np.full((2, 2), np.inf)), (0, 200), 1, MM)
    assert unknown.expected[0] == pytest.approx([160.0, 160.0])
    assert unknown.spread[0, 0, 0] > 5 * known.spread[0, 0, 0]
    across = known.across(0, None)
    assert across.shape == (2, 200)
    assert across[1].argmin() == pytest.approx(121, abs=2)


def test_a_course_enters_a_column_where_it_has_left_the_one_before() -> None:
    up = np.array([[[50, 20, 20], [60, 50, 22]]])
    assert entries(up)[0] == pytest.approx([55.0, 50.0, 21.0])


def spiked(level: float, height: float) -> np.ndarray:
    shape = np.interp(np.arange(300), [140, 150, 160], [0.0, 1.0, 0.0], left=0.0, right=0.0)
    return level - height * shape


def test_a_stroke_of_two_rows_goes_to_the_one_whose_kin_says_so() -> None:
    """One row's spike ends within the other's; a third row, apart, shows whose is how high."""
    levels = np.array([140.0, 190.0, 420.0])
    cover = np.zeros((470, 300), np.float32)
    for line in (spiked(140.0, 10.0), spiked(190.0, 160.0), spiked(420.0, 80.0)):
        points = np.round(np.stack([np.arange(300), line], axis=1)).astype(np.int32)
        cv2.polylines(cover, [points[:, None]], False, 1.0, 3)
    breaks = np.zeros((3, 300), bool)
    breaks[:, 0] = True
    runs = find_runs(cover, MM[0])
    paths = follow_rows(runs, [Row(base, 0, 299, 1.0) for base in levels], 300, MM, breaks)
    like = np.array([0.1, 2.0, 1.0])
    spread = 60.0**2 * (np.outer(like, like) + 0.001 * np.eye(3))
    kin = Kinship(0, 299, levels, spread, 2.0)
    alone = untangle(paths, cover, MM, runs.pen_px, breaks)
    assert alone[0].top[140:161].min() < 45
    told = untangle(paths, cover, MM, runs.pen_px, breaks, kin=[kin])
    assert told[1].top[140:161].min() < 45
    assert told[0].top[140:161].min() > 100
