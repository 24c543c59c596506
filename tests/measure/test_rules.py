"""Rules asked directly: a book with what matters, and what they say of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ecgpage import measure
from ecgpage.measure.book import Book
from ecgpage.measure.criteria import Person
from ecgpage.measure.findings import ask_rules, make_statements
from ecgpage.values import LEADS


def healthy() -> Book:
    """Numbers of a healthy heart."""
    book = Book()
    whole = {
        "heart_rate_bpm": 70.0, "rr_irregularity": 0.02, "p_share": 1.0, "pr_ms": 160.0,
        "p_ms": 105.0, "qrs_ms": 90.0, "qtc_fridericia_ms": 410.0, "qrs_axis_deg": 45.0,
        "t_axis_deg": 40.0, "qrs_t_angle_deg": 5.0, "sokolow_lyon_mv": 2.0, "cornell_mv": 1.2,
        "limb_voltage_mv": 1.2, "chest_voltage_mv": 2.0, "other_beats_share": 0.0,
    }  # fmt: skip
    for name, value in whole.items():
        book.put(name, value, None, 1.0)
    for lead in LEADS:
        for name, value in {"q_mv": 0.0, "q_ms": 0.0, "r_mv": 0.8, "s_mv": -0.4, "r2_mv": 0.0,
                            "t_mv": 0.3, "t_second_mv": 0.0, "t_over_r": 0.35, "p_mv": 0.1,
                            "st_j_mv": 0.0, "st_j80_mv": 0.0}.items():  # fmt: skip
            book.put(name, value, lead, 1.0)
        book.put("t_polarity", "upright", lead, 1.0)
    return book


def change(book: Book, name: str, value: float, lead: str | None = None) -> None:
    book.put(name, value, lead, 1.0)


def no_p(book: Book) -> None:
    change(book, "p_share", 0.0)


def septal(book: Book) -> None:
    for lead in ("V1", "V2"):
        change(book, "q_mv", -1.0, lead)
        change(book, "q_ms", 60.0, lead)
        change(book, "r_mv", 0.0, lead)


def falling(book: Book) -> None:
    change(book, "r_mv", 0.1, "V4")


def said(book: Book) -> set[str]:
    return {one.code for one in make_statements(ask_rules(book, Person(50.0, "male")))}


def test_a_healthy_heart_meets_no_rule() -> None:
    assert said(healthy()) == set()


@pytest.mark.parametrize(
    ("alter", "code"), [(no_p, "no-p"), (septal, "qs-septal"), (falling, "r-falls")]
)
def test_what_is_out_of_the_way_is_stated_alone(alter: Callable[[Book], None], code: str) -> None:
    book = healthy()
    alter(book)
    assert said(book) == {code}


def test_in_a_fast_heart_p_waves_that_are_not_found_are_no_statement() -> None:
    book = healthy()
    no_p(book)
    change(book, "heart_rate_bpm", 140.0)
    assert said(book) == {"tachy"}


def test_high_voltage_or_a_broad_qrs_explain_a_septal_qs() -> None:
    for name, value in (("sokolow_lyon_mv", 4.5), ("qrs_ms", 140.0)):
        book = healthy()
        septal(book)
        change(book, name, value)
        assert "qs-septal" not in said(book)


def test_irregular_without_p_is_fibrillation_and_told_once() -> None:
    book = healthy()
    no_p(book)
    change(book, "rr_irregularity", 0.2)
    assert said(book) == {"af"}


def test_no_verdict_of_normal_stands_above_a_major_statement() -> None:
    from ecgpage.measure.verdict import give_verdict

    book = healthy()
    for lead in LEADS:
        change(book, "qrs_pp_mv", 1.2, lead)
    before = give_verdict(book, ask_rules(book, Person()), ())
    no_p(book)
    met = ask_rules(book, Person())
    after = give_verdict(book, met, make_statements(met))
    assert before.label == "Normal"
    assert after.label == "Abnormal"
    assert after.score >= 0.55


def test_every_number_of_a_vector_has_one_name() -> None:
    assert len(set(measure.VECTOR_NAMES)) == len(measure.VECTOR_NAMES)
    assert set(measure.T_NAMES) <= set(measure.VECTOR_NAMES)
