"""Checks find what is planted, and a crashed check is a finding."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from ecgpage.audit import (
    REGISTRY,
    GroupBy,
    PageTraits,
    View,
    cluster_twins,
    describe,
    find_groups,
    find_twins,
    leaks,
    make_split,
    run_checks,
)
from ecgpage.audit.auc import auc_with_interval
from ecgpage.audit.checks.not_ecg import looks_like_ecg
from ecgpage.values import Dataset, Finding, Item, Refusal

from .planted import as_page, drawn_page, saved

PATIENT = GroupBy.column("patient")


def view_of(
    pages: dict[str, tuple[str | None, str, PageTraits]], part: dict[str, str] | None = None
) -> View:
    """A view from (label, patient, traits) by key."""
    items = tuple(
        Item(key, key, label, {"patient": patient}) for key, (label, patient, _) in pages.items()
    )
    dataset = Dataset(items, ".", "test")
    traits = {key: page for key, (_, _, page) in pages.items()}
    pairs = find_twins(traits)
    groups = find_groups(dataset, PATIENT, cluster_twins(traits, pairs))
    return View(dataset, traits, {}, pairs, part or {}, PATIENT, groups)


def found(findings: Iterable[Finding], check: str) -> list[Finding]:
    """The findings of one check."""
    return [finding for finding in findings if finding.check == check]


@pytest.fixture(scope="module")
def planted() -> tuple[Finding, ...]:
    """Findings on six pages with one of everything."""
    page = drawn_page(1)
    noise = np.random.default_rng(0).integers(0, 255, (400, 500, 3), dtype=np.uint8)
    pages = {
        "a.png": ("Normal", "1", describe(as_page(page))),
        "a-again.png": ("Abnormal", "1", describe(as_page(page))),
        "a-small.jpg": ("Normal", "2", describe(as_page(saved(page[::1], "JPEG", quality=40)))),
        "blank.png": ("Normal", "3", describe(as_page(np.full((400, 500, 3), 250, np.uint8)))),
        "tiny.png": ("Normal", "4", describe(as_page(drawn_page(2)[::8, ::8]))),
        "noise.png": ("Normal", "5", describe(as_page(noise))),
        "other.png": (None, "6", describe(as_page(drawn_page(3)))),
    }
    parts = dict.fromkeys(pages, "train") | {"a-small.jpg": "test"}
    view = view_of(pages, parts)
    refusal = Refusal("torn.jpg", "the picture ends early", "whole", "torn", "Copy it.", "cut")
    torn = Item("torn.jpg", "torn.jpg", "Normal", {"patient": "7"})
    dataset = replace(view.dataset, items=(*view.dataset.items, torn))
    return run_checks(replace(view, dataset=dataset, refused={"torn.jpg": refusal}))


@pytest.mark.parametrize(
    ("check", "severity", "keys"),
    [
        ("unreadable", "warning", {"torn.jpg"}),
        ("blank", "warning", {"blank.png"}),
        ("tiny", "warning", {"tiny.png"}),
        ("not-ecg", "warning", {"noise.png"}),
        ("unlabelled", "note", {"other.png"}),
        ("exact-duplicates", "warning", {"a.png", "a-again.png"}),
        ("near-duplicates", "warning", {"a.png", "a-again.png", "a-small.jpg"}),
        ("twin-leak", "error", {"a.png", "a-again.png", "a-small.jpg"}),
        ("twin-conflict", "warning", {"a.png", "a-again.png", "a-small.jpg"}),
        ("group-conflict", "note", {"a.png", "a-again.png", "a-small.jpg"}),
    ],
)
def test_what_is_planted_is_found_once(
    planted: tuple[Finding, ...], check: str, severity: str, keys: set[str]
) -> None:
    (finding,) = found(planted, check)
    assert finding.severity == severity
    assert set(finding.keys) == keys


def test_errors_come_first_and_everything_is_plain_json(planted: tuple[Finding, ...]) -> None:
    order = [("error", "warning", "note").index(finding.severity) for finding in planted]
    assert order == sorted(order)
    json.dumps([finding.as_dict() for finding in planted], allow_nan=False)
    assert {finding.check for finding in planted} <= set(REGISTRY)


def test_a_crashed_check_is_a_finding_and_the_others_go_on() -> None:
    def crash(view: View) -> Iterable[Finding]:
        raise RuntimeError("no such thing")

    view = view_of({"a.png": ("Normal", "1", describe(as_page(drawn_page(1))))})
    findings = run_checks(view, {"broken": crash, "class-balance": REGISTRY["class-balance"]})
    (crashed,) = found(findings, "broken")
    assert crashed.severity == "error"
    assert "RuntimeError: no such thing" in crashed.statement
    assert found(findings, "class-balance")


@pytest.mark.slow
def test_a_shortcut_in_the_header_is_told_and_an_honest_set_is_not() -> None:
    rng = np.random.default_rng(4)
    pages: dict[str, tuple[str | None, str, PageTraits]] = {}
    for n in range(40):
        label = "Abnormal" if n % 2 else "Normal"
        image = drawn_page(n, patient="same")
        if n % 2:
            image[70:90, 500:600] = 0
        pages[f"{rng.integers(10**9)}.png"] = (label, str(n), describe(as_page(image)))
    told = {
        finding.evidence["probe"]: finding
        for finding in found(run_checks(view_of(pages)), "shortcut")
    }
    assert told["pixels of header"].severity == "warning"
    assert told["pixels of header"].figure == pytest.approx(1, abs=0.02)
    assert "Mask header and footer" in told["pixels of header"].statement
    for honest in ("pixels of footer", "image size", "colours", "template lines"):
        assert told[honest].severity == "note", told[honest].statement


@pytest.mark.slow
def test_a_random_split_leaks_and_a_grouped_one_does_not() -> None:
    pages: dict[str, tuple[str | None, str, PageTraits]] = {}
    for n in range(12):
        label, image = "Abnormal" if n % 2 else "Normal", drawn_page(n)
        for copy, quality in enumerate((90, 50)):
            traits = describe(as_page(saved(image, "JPEG", quality=quality)))
            pages[f"{n}-{copy}.jpg"] = (label, f"{n}-{copy}", traits)
    view = view_of(pages)
    random = make_split(view.dataset, group=GroupBy.page(), seed=1)
    leaking = leaks(view.dataset, random, view.traits, pairs=view.pairs)
    crossing = {n for n in range(12) if random.part[f"{n}-0.jpg"] != random.part[f"{n}-1.jpg"]}
    assert {finding.keys for finding in leaking} == {(f"{n}-0.jpg", f"{n}-1.jpg") for n in crossing}
    assert crossing
    assert all(finding.severity == "error" for finding in leaking)
    twins = cluster_twins(view.traits, view.pairs)
    grouped = make_split(view.dataset, group=PATIENT, seed=1, twins=twins)
    assert leaks(view.dataset, grouped, view.traits) == ()


def test_a_group_on_both_sides_is_an_error_that_names_its_pages() -> None:
    pages: dict[str, tuple[str | None, str, PageTraits]] = {
        f"{n}.png": ("Normal", str(n // 2), describe(as_page(drawn_page(n)))) for n in range(4)
    }
    view = view_of(pages, {"0.png": "train", "1.png": "test", "2.png": "test", "3.png": "test"})
    (finding,) = found(run_checks(view), "group-leak")
    assert finding.keys == ("0.png", "1.png")
    assert finding.severity == "error"


def test_drawn_pages_look_like_an_ecg_and_text_does_not() -> None:
    import cv2

    text = np.full((1000, 700, 3), 255, np.uint8)
    for row in range(60, 960, 36):
        place, font = (40, row), cv2.FONT_HERSHEY_COMPLEX
        cv2.putText(text, "the lazy dog and the quick fox run", place, font, 0.9, (0, 0, 0), 1)
    assert looks_like_ecg(describe(as_page(drawn_page(1))))
    assert not looks_like_ecg(describe(as_page(text)))


def test_area_and_interval_agree_with_scikit_learn() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 300)
    score = np.round(truth + rng.normal(0, 1.5, 300), 1)
    both = np.stack([-score, score], axis=1)
    area, low, high = auc_with_interval(truth, both, [str(n) for n in range(300)], seed=1)
    assert area == pytest.approx(roc_auc_score(truth, score), abs=1e-12)
    assert 0.03 < area - low < 0.09
    assert 0.03 < high - area < 0.09
    _, wide_low, wide_high = auc_with_interval(truth, both, [str(n // 30) for n in range(300)], 1)
    assert np.isfinite([wide_low, wide_high]).all()
