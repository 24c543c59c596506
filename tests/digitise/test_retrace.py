"""First columns of leads: where a trace may start at any height."""

from __future__ import annotations

import numpy as np

from ecgpage.digitise.tracing.retrace import _breaks


def test_leads_begin_in_the_first_column_that_lies_behind_their_border() -> None:
    breaks = _breaks([[10.2, 40.0, 70.5, 95.0], [10.2, 95.0]], 100)
    assert [np.flatnonzero(row).tolist() for row in breaks] == [[11, 40, 71], [11]]


def test_a_first_lead_begins_on_the_page_and_others_only_if_they_do() -> None:
    breaks = _breaks([[-3.0, -1.5, 50.0, 100.0, 120.0], [130.0, 140.0]], 100)
    assert [np.flatnonzero(row).tolist() for row in breaks] == [[0, 50], [99]]
