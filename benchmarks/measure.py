"""What measurements are worth: verdicts and T-wave scores, pages against records, time.

    python benchmarks/measure.py fit ../shared/data      # writes the shipped model
    python benchmarks/measure.py tables ../shared/data --cache /tmp/measured

Folds are drawn by record (PTB-XL: one record a patient) or by printed id (Mendeley). Choices
within a fold (the penalty) are made on its training part alone, by folds of the same groups. With
160 records one drawing of folds differs from the next by 0.01 to 0.02; PTB-XL's figures are means
over ten drawings, Mendeley's over two. Intervals: 2000 draws of groups.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import pickle
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.stats import rankdata
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ecgpage import digitise, measure
from ecgpage.flows.pages import open_page
from ecgpage.learn import fit_vectors
from ecgpage.measure.catalogue import UPRIGHT_T
from ecgpage.read import read_record
from ecgpage.values import Measured, Refused

SEED = 0
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3)
MODEL = Path(__file__).parents[1] / "src/ecgpage/measure/weights/verdict.json"
DRAWINGS, PAGE_DRAWINGS = 10, 2
RESAMPLES = 2000
OVER_ALL = tuple(measure.VECTOR_NAMES[: measure.VECTOR_NAMES.index("T rules") + 1])
T_ALONE = tuple(n for n in measure.T_NAMES if n in OVER_ALL and n.startswith("T "))
WITHOUT_TIME = tuple(n for n in measure.T_NAMES if not n.startswith("t_peak_end_ms"))
"""T wave without the time from its peak to its end, which shortens with the heart rate."""


def kept(cache: Path | None, name: str, make: Callable[[], Any]) -> Any:
    """What was made before with this code, or made now."""
    if cache is None:
        return make()
    place = cache / f"{name}-{measure.VERSION}.pkl"
    if not place.exists():
        cache.mkdir(parents=True, exist_ok=True)
        place.write_bytes(pickle.dumps(make()))
    return pickle.loads(place.read_bytes())


def slim(measured: Measured) -> dict[str, Any]:
    """What the tables need."""
    values = {(m.name, m.lead): m.value for m in measured.measurements}
    return {
        "vector": measure.vector_of(measured), "values": values, "verdict": measured.verdict,
        "major": measure.major_degree(measured),
    }  # fmt: skip


def measured_records(paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    return {path.stem: slim(measure.measure_record(read_record(path))) for path in paths}


def measured_pages(paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    out = {}
    for path in paths:
        try:
            out[path.stem] = slim(
                measure.measure_record(digitise.read_page(open_page(path)).record)
            )
        except Refused as refused:
            print("refused:", refused.refusal.where, refused.refusal.what)
    return out


def logistic(penalty: float) -> Any:
    return make_pipeline(
        SimpleImputer(keep_empty_features=True), StandardScaler(),
        LogisticRegression(C=penalty, class_weight="balanced", max_iter=1000),
    )  # fmt: skip


RISING = (
    "T any", "T flat", "T smallish", "T low to R", "T lowish to R", "T notch", "T axis off",
)  # fmt: skip
"""A T wave may only seem the more abnormal for these ..."""
FALLING = ("T I", "T II", "T V3", "T V4", "T V5", "T V6")
"""... and the less for these. Depth of inversion is free: deep inversions are stated as ischaemia,
hypertrophy or block as often as by themselves."""


class Signed:
    """Logistic regression whose weights keep the signs that cardiology gives them."""

    def __init__(self, penalty: float, names: Sequence[str]) -> None:
        self.penalty, self.names = penalty, names

    def fit(self, x: np.ndarray, y: np.ndarray) -> Signed:
        self.mean = np.nanmean(x, axis=0)
        filled = np.where(np.isfinite(x), x, self.mean)
        self.scale = np.where(filled.std(axis=0) > 1e-9, filled.std(axis=0), 1.0)
        z = np.column_stack([(filled - self.mean) / self.scale, np.ones(len(y))])
        side = np.where(y, 1.0, -1.0)
        heavy = np.where(y, len(y) / 2 / y.sum(), len(y) / 2 / (~y).sum()) * self.penalty

        def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
            at = side * (z @ b)
            slope = -heavy * side / (1 + np.exp(np.clip(at, -50, 50)))
            own = np.r_[b[:-1], 0.0]
            return float((heavy * np.logaddexp(0, -at)).sum() + own @ own / 2), z.T @ slope + own

        bounds = [(0.0 if n in RISING else None, 0.0 if n in FALLING else None)
                  for n in self.names]  # fmt: skip
        found = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B",
                         bounds=[*bounds, (None, None)])  # fmt: skip
        self.weights, self.bias = found.x[:-1], float(found.x[-1])
        return self

    def decision_function(self, x: np.ndarray) -> np.ndarray:
        filled = np.where(np.isfinite(x), x, self.mean)
        return np.asarray((filled - self.mean) / self.scale @ self.weights + self.bias)


class Network:
    """The model of ``ecgpage train --network measures``; it chooses its own penalty."""

    def __init__(self, groups: Sequence[str], seed: int = SEED) -> None:
        self.groups, self.seed = list(groups), seed

    def fit(self, x: np.ndarray, y: np.ndarray) -> Network:
        names = tuple(str(k) for k in range(x.shape[1]))
        groups = self.groups
        self.model = fit_vectors(names, x, y.astype(np.int64), groups, self.seed)
        return self

    def decision_function(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.logits(x)[:, 0])


def said(model: Any, x: np.ndarray) -> np.ndarray:
    return np.asarray(model.decision_function(x))


def folds(y: np.ndarray, groups: Sequence[str], count: int, seed: int) -> Any:
    split = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    return split.split(np.zeros(len(y)), y, groups)


def best_penalty(
    make: Callable[[float], Any], x: np.ndarray, y: np.ndarray, groups: Sequence[str],
    more: tuple[np.ndarray, np.ndarray],
) -> float:  # fmt: skip
    """The penalty with the highest AUC over inner folds."""
    found = []
    for penalty in PENALTIES:
        out = np.zeros(len(y))
        for train, test in folds(y, groups, 5, SEED + 1):
            model = make(penalty)
            model.fit(np.vstack([x[train], more[0]]), np.r_[y[train], more[1]])
            out[test] = said(model, x[test])
        found.append(roc_auc_score(y, out))
    return PENALTIES[int(np.argmax(found))]


def out_of_fold(
    make: Callable[[Any], Any], x: np.ndarray, y: np.ndarray, groups: Sequence[str], count: int,
    more: tuple[np.ndarray, np.ndarray] | None = None, seed: int = SEED,
) -> np.ndarray:  # fmt: skip
    """Nested, grouped cross-validation; ``more`` (values, truth) joins every training part."""
    extra = more or (x[:0], y[:0])
    out = np.zeros(len(y))
    for train, test in folds(y, groups, count, seed):
        own = [groups[k] for k in train]
        model = make(own if make is Network else best_penalty(make, x[train], y[train], own, extra))
        model.fit(np.vstack([x[train], extra[0]]), np.r_[y[train], extra[1]])
        raw = said(model, np.vstack([x[train], x[test]]))
        level, spread = raw[: len(train)].mean(), raw[: len(train)].std()
        out[test] = (raw[len(train) :] - level) / spread
    return out


def drawn(
    make: Callable[[Any], Any], x: np.ndarray, y: np.ndarray, groups: Sequence[str], count: int,
    more: tuple[np.ndarray, np.ndarray] | None = None, drawings: int = DRAWINGS,
) -> np.ndarray:  # fmt: skip
    """The same for several drawings of folds, shape (drawings, n)."""
    return np.array(
        [out_of_fold(make, x, y, groups, count, more, SEED + k) for k in range(drawings)]
    )


def auc_of(y: np.ndarray, score: np.ndarray) -> float:
    ranks = rankdata(score)
    return float((ranks[y].sum() - y.sum() * (y.sum() + 1) / 2) / (y.sum() * (~y).sum()))


def interval(y: np.ndarray, scores: np.ndarray, groups: Sequence[str]) -> str:
    """Mean AUC over drawings (rows) with its 95 % interval over draws of groups."""
    rng = np.random.default_rng(SEED)
    numbers = {name: k for k, name in enumerate(dict.fromkeys(groups))}
    members = [np.flatnonzero(np.array([numbers[g] for g in groups]) == k)
               for k in range(len(numbers))]  # fmt: skip
    found = []
    while len(found) < RESAMPLES:
        at = np.concatenate([members[k] for k in rng.integers(0, len(members), len(members))])
        if y[at].any() and not y[at].all():
            found.append(np.mean([auc_of(y[at], one[at]) for one in scores]))
    low, high = np.quantile(found, (0.025, 0.975))
    mean = np.mean([auc_of(y, one) for one in scores])
    return f"{mean:.3f} ({low:.3f} to {high:.3f})"


def told(name: str, y: np.ndarray, scores: np.ndarray, groups: Sequence[str]) -> None:
    print(f"| {name} | {interval(y, np.atleast_2d(scores), groups)} |", flush=True)


class PtbXl:
    """The PTB-XL records with their truths, and LUDB beside them."""

    def __init__(self, data: Path, cache: Path | None) -> None:
        with (data / "ptbxl/labels.csv").open() as stream:
            rows = list(csv.DictReader(stream))
        paths = [data / "ptbxl/records" / f"{row['record']}.hea" for row in rows]
        found = kept(cache, "ptbxl", lambda: measured_records(paths))
        self.names = [row["record"] for row in rows]
        self.found = [found[name] for name in self.names]
        self.abnormal = np.array([row["normal"] == "0" for row in rows])
        self.t_wave = np.array([row["t_wave"] == "1" for row in rows])
        self.x = np.array([one["vector"] for one in self.found])
        self.ludb = ludb(data, cache)

    def columns(self, names: Sequence[str]) -> np.ndarray:
        return self.x[:, [measure.VECTOR_NAMES.index(name) for name in names]]

    def beside(self, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        at = [measure.VECTOR_NAMES.index(name) for name in names]
        return self.ludb[0][:, at], self.ludb[1]


def ludb(data: Path, cache: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """LUDB's vectors, and whether its cardiologists state anything but a sinus rhythm."""
    paths = sorted((data / "ludb/records").glob("*.hea"))
    found = kept(cache, "ludb", lambda: measured_records(paths))
    with (data / "ludb/ludb.csv").open() as stream:
        rows = {row["ID"]: row for row in csv.DictReader(stream)}
    stated = (
        "Conduction abnormalities", "Extrasystolies", "Hypertrophies", "Cardiac pacing",
        "Ischemia", "Non-specific repolarization abnormalities",
    )  # fmt: skip
    y = [
        any(row[name].strip() for name in stated)
        or "sinus" not in row["Rhythms"].lower()
        or "deviation: left" in row["Electric axis of the heart"]
        for row in (rows[path.stem] for path in paths)
    ]
    return np.array([found[p.stem]["vector"] for p in paths]), np.array(y)


def fit(data: Path, cache: Path | None) -> None:
    """Fit the shipped model and write it, with what it reached on folds it had not seen."""
    ptb = PtbXl(data, cache)
    whole: dict[str, Any] = {
        "version": 1,
        "seed": SEED,
        "fitted_on": "160 records of PTB-XL; for abnormality also 90 of LUDB",
        "data": hashlib.sha256(
            json.dumps([ptb.names, ptb.abnormal.tolist(), ptb.t_wave.tolist()]).encode()
        ).hexdigest()[:16],
        "cross_validated": {},
    }
    for key, names, y, more in (
        ("abnormal", OVER_ALL, ptb.abnormal, ptb.beside(OVER_ALL)),
        ("t_wave", T_ALONE, ptb.t_wave, None),
    ):
        make = partial(Signed, names=names)
        x = ptb.columns(names)
        many = drawn(make, x, y, ptb.names, 10, more)
        whole["cross_validated"][key] = interval(y, many, ptb.names)
        out = many.mean(axis=0)
        extra = more or (x[:0], y[:0])
        penalty = best_penalty(make, x, y, ptb.names, extra)
        model = make(penalty).fit(np.vstack([x, extra[0]]), np.r_[y, extra[1]])
        cut = max(np.sort(out), key=lambda c: np.mean(out[y] >= c) + np.mean(out[~y] < c))
        raw = said(model, x)
        shift = raw.mean() + raw.std() * float(cut)
        whole[key] = {
            "penalty": penalty,
            "features": list(names),
            "weights": [round(float(w), 5) for w in model.weights],
            "means": [round(float(v), 5) for v in model.mean],
            "scales": [round(float(v), 5) for v in model.scale],
            "bias": round(model.bias - shift, 5),
        }
    MODEL.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(whole["cross_validated"], indent=1))


def ptbxl_tables(data: Path, cache: Path | None) -> None:
    ptb = PtbXl(data, cache)
    print("\n### PTB-XL, 160 records: AUC (95 %)\n\n| what | AUC |\n|---|---|")
    rules = np.array([[one["verdict"].rules_score, one["verdict"].rules_t_wave_score]
                      for one in ptb.found])  # fmt: skip
    rules = np.nan_to_num(rules, nan=0.5)
    told("abnormal, rules alone", ptb.abnormal, rules[:, 0], ptb.names)
    both = ptb.beside(OVER_ALL)
    make = partial(Signed, names=OVER_ALL)
    for name, more in (("", None), (", LUDB beside", both)):
        out = drawn(make, ptb.columns(OVER_ALL), ptb.abnormal, ptb.names, 10, more)
        told(f"abnormal, model on measurements{name}", ptb.abnormal, out, ptb.names)
    told("... and at least what a major statement says (what ships)", ptb.abnormal,
         np.array([with_major(one, ptb) for one in out]), ptb.names)  # fmt: skip
    told("T-wave statement, rules alone", ptb.t_wave, rules[:, 1], ptb.names)
    make = partial(Signed, names=T_ALONE)
    out = drawn(make, ptb.columns(T_ALONE), ptb.t_wave, ptb.names, 10)
    told("T-wave statement, model on T measurements", ptb.t_wave, out, ptb.names)
    told("... and at least 0.6 for inverted T waves (what ships)", ptb.t_wave,
         np.array([with_inverted(one, ptb) for one in out]), ptb.names)  # fmt: skip


def as_score(out: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Out-of-fold log-odds as scores that are one half where they divide best."""
    cut = max(np.sort(out), key=lambda c: np.mean(out[y] >= c) + np.mean(out[~y] < c))
    return np.asarray(1 / (1 + np.exp(-2.0 * (out - cut))))


def with_major(out: np.ndarray, ptb: PtbXl) -> np.ndarray:
    """The floor that ``score`` has."""
    return np.maximum(as_score(out, ptb.abnormal), [one["major"] for one in ptb.found])


def with_inverted(out: np.ndarray, ptb: PtbXl) -> np.ndarray:
    """Out-of-fold log-odds as scores, with the floor that ``t_wave_score`` has."""
    score = as_score(out, ptb.t_wave)
    for k, one in enumerate(ptb.found):
        t = sorted(float(one["values"]["t_mv", lead]) for lead in UPRIGHT_T)
        if np.isfinite(t[1]):
            score[k] = max(score[k], 0.6 / (1 + np.exp((t[1] + 0.1) / 0.03)))
    return score


def mendeley_tables(data: Path, cache: Path | None) -> None:
    with (data / "mendeley/manifest.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    paths = [data / "mendeley" / row["path"] for row in rows]
    found = kept(cache, "mendeley", lambda: measured_pages(paths))
    rows = [row for row in rows if Path(row["path"]).stem in found]
    y = np.array([row["label"] == "Abnormal" for row in rows])
    groups = [row["printed_id"] for row in rows]
    x = np.array([found[Path(row["path"]).stem]["vector"] for row in rows])
    print(f"\n### Mendeley, {len(rows)} pages through the digitiser, 5 folds by printed id\n")
    print("| what | AUC |\n|---|---|")
    score = np.array([found[Path(row["path"]).stem]["verdict"].rules_score for row in rows])
    told("rules alone", y, np.nan_to_num(score, nan=0.5), groups)
    shipped = np.array([found[Path(row["path"]).stem]["verdict"].score for row in rows])
    told("shipped score (never saw these pages)", y, np.nan_to_num(shipped, nan=0.5), groups)
    for what, names in (
        ("T-wave measurements alone", measure.T_NAMES),
        ("T-wave measurements without peak to end", WITHOUT_TIME),
        ("all measurements", measure.VECTOR_NAMES),
    ):
        own = x[:, [measure.VECTOR_NAMES.index(name) for name in names]]
        for how, make in (("logistic", logistic), ("`--network measures`", Network)):
            told(f"{what}, {how}", y, drawn(make, own, y, groups, 5, drawings=PAGE_DRAWINGS),
                 groups)  # fmt: skip
    importances(x, y, groups)


def importances(x: np.ndarray, y: np.ndarray, groups: Sequence[str]) -> None:
    """How much AUC is lost where one measurement is shuffled, in folds not trained on."""
    rng = np.random.default_rng(SEED)
    lost: dict[str, list[float]] = {name: [] for name in measure.VECTOR_NAMES}
    for train, test in folds(y, groups, 5, SEED):
        model = logistic(0.03).fit(x[train], y[train])
        base = roc_auc_score(y[test], said(model, x[test]))
        for k, name in enumerate(measure.VECTOR_NAMES):
            other = x[test].copy()
            other[:, k] = rng.permutation(other[:, k])
            lost[name].append(base - roc_auc_score(y[test], said(model, other)))
    ranked = sorted(lost, key=lambda name: -float(np.mean(lost[name])))[:12]
    print("\n| measurement | AUC lost when shuffled |\n|---|---|")
    for name in ranked:
        print(f"| {name} | {np.mean(lost[name]):.4f} |")


def page_tables(data: Path, cache: Path | None) -> None:
    """LUDB pages against their records."""
    headers = sorted((data / "ludb/records").glob("*.hea"))
    pictures = sorted((data / "ludb/pages").glob("*.png"))
    records = kept(cache, "ludb", lambda: measured_records(headers))
    pages = kept(cache, "ludb-pages", lambda: measured_pages(pictures))
    print(f"\n### {len(pages)} LUDB pages less their records\n")
    print("| what | n | mean | sd | median absolute | 95 % |\n|---|---|---|---|---|---|")
    for name in ("qt_ms", "qrs_ms", "pr_ms", "heart_rate_bpm", "qrs_axis_deg", "t_axis_deg"):
        pairs = [(pages[k]["values"][name, None], records[k]["values"][name, None]) for k in pages]
        d = np.array([a - b for a, b in pairs], dtype=float)
        if name.endswith("_deg"):
            d = (d + 180) % 360 - 180
        d = d[np.isfinite(d)]
        print(f"| {name} | {d.size} | {d.mean():.1f} | {d.std():.1f} | "
              f"{np.median(np.abs(d)):.1f} | {np.quantile(np.abs(d), 0.95):.1f} |")  # fmt: skip


def time_table(data: Path) -> None:
    paths = sorted((data / "ptbxl/records").glob("*.hea"))[:21]
    records = [read_record(path) for path in paths]
    measure.measure_record(records[0])
    parts = []
    for record in records[1:]:
        start = time.process_time()
        waves = measure.find_waves(record)
        middle = time.process_time()
        measure.measure_record(record, waves)
        parts.append((middle - start, time.process_time() - middle))
    waves_s, rest_s = np.median(parts, axis=0)
    print("\n### Processor time on one core (OMP_NUM_THREADS=1), 12 leads of 10 s\n")
    print(f"waves {1000 * waves_s:.0f} ms, everything else {1000 * rest_s:.0f} ms "
          f"(median of {len(parts)})")  # fmt: skip


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("what", choices=["fit", "tables", "ptbxl", "mendeley", "pages", "time"])
    given.add_argument("data", type=Path)
    given.add_argument("--cache", type=Path)
    asked = given.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    tables = {"ptbxl": ptbxl_tables, "mendeley": mendeley_tables, "pages": page_tables}
    if asked.what == "fit":
        fit(asked.data, asked.cache)
    for name, make in tables.items():
        if asked.what in ("tables", name):
            make(asked.data, asked.cache)
    if asked.what in ("tables", "time"):
        time_table(asked.data)


if __name__ == "__main__":
    main()
