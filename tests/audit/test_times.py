"""Dates and times of a column, as people, machines and OCR write them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgpage.audit.column_features import column_table
from ecgpage.audit.times import parse_times

MOMENT = datetime(2020, 10, 21, 21, 56, 15)
SECONDS = (MOMENT - datetime(1970, 1, 1)).total_seconds()


@pytest.mark.parametrize(
    "text",
    [
        "2020-10-21 09:56:15 PM", "2020-10-21) 09:56:15 PM", "2020-10-21 21:56:15",
        "2020-10-21T21:56:15Z", "2020-10-21T21:56:15.250+02:00", "2020/10/21 21.56.15",
        "2020:10:21 21:56:15", "21-10-2020 09:56:15 PM", "21.10.2020 21:56:15",
        "21/10/2020, 9:56:15 p.m.", "21.10.20 21:56:15", "10/21/2020 21:56:15",
        "21-Oct-2020 21:56:15", "October 21, 2020 9:56:15 PM", "21 Oct 20 21:56:15",
        "20201021215615", "20201021 215615", "20201021T215615", "21:56:15 21-10-2020",
        "Printed 2020-10-21 21:56:15 PM",
    ],
)  # fmt: skip
def test_one_moment_in_many_hands(text: str) -> None:
    (found,) = parse_times([text])
    assert found == pytest.approx((SECONDS, 21 + 56 / 60 + 15 / 3600, 2.0))


@pytest.mark.parametrize(
    "text", ["", "Male", "71", "80.0", "2020", "2020-13-45", "25:61", "p12-3", "1.5.2"]
)
def test_what_is_no_moment(text: str) -> None:
    assert parse_times([text]) == [None]


def test_the_column_decides_what_one_date_leaves_open() -> None:
    def day(found: tuple[float, float, float] | None) -> datetime:
        assert found is not None
        return datetime(1970, 1, 1) + timedelta(seconds=found[0])

    assert [day(x) for x in parse_times(["03/04/2021", "05/17/2021"])] == [
        datetime(2021, 3, 4), datetime(2021, 5, 17),
    ]  # fmt: skip
    assert [day(x) for x in parse_times(["03/04/2021", "17/05/2021"])] == [
        datetime(2021, 4, 3), datetime(2021, 5, 17),
    ]  # fmt: skip
    assert parse_times(["08:30"]) == [(8.5 * 3600, 8.5, 0.0)]


def test_a_column_in_two_forms_is_one_column_of_times() -> None:
    values = [f"2020-10-{d:02d} 0{d % 9}:15:00 AM" for d in range(1, 29)]
    values += [f"{d:02d}-11-2020 03:1{d % 9}:00 PM" for d in range(1, 12)] + [""]
    table, kind = column_table(values)
    assert kind == "time"
    assert table.shape == (40, 4)
    assert table[:, 3].sum() == 1


@given(st.datetimes(datetime(1971, 1, 1), datetime(2068, 12, 31)), st.booleans())
def test_round_trip(moment: datetime, compact: bool) -> None:
    moment = moment.replace(microsecond=0)
    text = moment.strftime("%Y%m%d%H%M%S") if compact else moment.isoformat(" ")
    (found,) = parse_times([text])
    assert found is not None
    assert found[0] == pytest.approx((moment - datetime(1970, 1, 1)).total_seconds())
    assert found[2] == moment.weekday()


@given(st.text(max_size=30))
def test_no_text_is_too_odd(text: str) -> None:
    assert len(parse_times([text])) == 1
