"""What the room answers: queues, labels, suggestions, agreement, pictures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient

from ecgpage.flows.label_pages import Desk, LabelRequest, open_desk
from ecgpage.flows.label_pages_model import Opinion
from ecgpage.flows.label_pages_queues import QUEUES, View, suspects, unsure
from ecgpage.store import LabelStore
from ecgpage.values import Judgement
from ecgpage.web import make_settings
from ecgpage.web.app import create_app

BROKEN_RECORDS = (
    "{",
    "[]",
    '{"px_per_mm": "a lot", "traces": 3, "waves": {"lead": 1}}',
    '{"px_per_mm": 1e999, "traces": [{"points_px": [[1]], "box_px": "no"}]}',
)
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def desk(pages: Path, tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(LabelRequest(str(pages), str(tmp_path / "labels.sqlite")))
    yield opened
    opened.close()


class Client(TestClient):
    """A client that behaves as the page does."""

    def enter(self) -> Client:
        self.headers["x-ecgpage-code"] = self.get("/api/session").json()["code"]
        return self

    def say(self, key: str, label: str | None, reader: str = "Ada", **more: Any) -> Any:
        body = {"key": key, "label": label, "reader": reader, "blind": True, **more}
        answer = self.post("/api/label", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def queue(self, name: str, reader: str = "Ada", *, blind: bool = False) -> dict[str, Any]:
        answer = self.get("/api/queue", params={"name": name, "reader": reader, "blind": blind})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def keys(self, name: str, reader: str = "Ada") -> list[str]:
        return [page["key"] for page in self.queue(name, reader)["pages"]]


def client_of(desk: Desk, **settings: Any) -> Client:
    return Client(create_app(desk, make_settings(**settings)), base_url="http://127.0.0.1").enter()


@pytest.fixture
def client(desk: Desk) -> Client:
    return client_of(desk)


def key(number: int) -> str:
    return f"page-{number:03d}.png"


def test_a_label_is_in_the_store_when_it_is_answered(client: Client, desk: Desk) -> None:
    answer = client.say(key(0), "Normal", note="wide QRS", tags=["pacemaker", "pacemaker"])
    assert answer["saved"]["label"] == "Normal"
    with LabelStore(desk.request.store) as other:
        (said,) = other.history()
    assert (said.key, said.label, said.who, said.source) == (key(0), "Normal", "Ada", "person")
    assert (said.note, said.tags, said.blind) == ("wide QRS", ("pacemaker",), True)


def test_saying_the_same_twice_is_one_judgement(client: Client, desk: Desk) -> None:
    client.say(key(0), "Normal")
    client.say(key(0), "Normal")
    assert len(desk.labels.history()) == 1


def test_undo_goes_back_several_steps_and_then_refuses(client: Client) -> None:
    client.say(key(0), "Normal")
    client.say(key(1), "Abnormal")
    client.say(key(1), "Normal")
    undo = {"reader": "Ada"}
    assert client.post("/api/undo", json=undo).json()["own"]["label"] == "Abnormal"
    assert client.post("/api/undo", json=undo).json() == {"key": key(1), "own": None}
    assert client.post("/api/undo", json=undo).json() == {"key": key(0), "own": None}
    refused = client.post("/api/undo", json=undo)
    assert refused.status_code == 409
    assert refused.json()["refusal"]["code"] == "nothing-to-undo"


def test_undo_is_of_the_reader_alone(client: Client) -> None:
    client.say(key(0), "Normal", "Ada")
    client.say(key(0), "Abnormal", "Ben")
    client.post("/api/undo", json={"reader": "Ada"})
    assert client.queue("all", "Ada")["pages"][0]["own"] is None
    assert client.queue("all", "Ben")["pages"][0]["own"]["label"] == "Abnormal"


def test_queues_of_a_reader_and_where_to_go_on(client: Client) -> None:
    assert client.queue("unlabelled")["start"] == 0
    for number in (0, 1, 3):
        client.say(key(number), "Unsure" if number == 3 else "Normal")
    client.say(key(4), "Normal", "Ben", tags=["doubtful"])
    assert client.keys("unlabelled") == [key(2), key(4), key(5)]
    assert client.keys("untouched") == [key(2), key(5)]
    assert client.keys("doubtful") == [key(3)]
    assert client.keys("doubtful", "Ben") == [key(4)]
    every = client.queue("all")
    assert [page["key"] for page in every["pages"]] == [key(n) for n in range(6)]
    assert every["start"] == 4
    assert (every["progress"]["done"], every["progress"]["left"]) == (3, 3)


def test_rule_and_person_disagree(client: Client, desk: Desk) -> None:
    rule = [
        Judgement(key(n), label, "t-band mean<239", "rule", NOW, note=f"mean 23{n}")
        for n, label in enumerate(["Normal", "Abnormal", "Normal"])
    ]
    desk.labels.add(rule)
    client.say(key(0), "Normal")
    client.say(key(1), "Normal")
    assert client.keys("rule") == [key(1)]


def test_a_suggestion_comes_with_its_reason_and_not_to_the_blind(
    client: Client, desk: Desk
) -> None:
    said = Judgement(
        key(0), "Abnormal", "t-band mean<239", "rule", NOW, note="mean 231: mean holds"
    )
    desk.labels.add([said])
    shown = client.queue("all")["pages"][0]["suggestion"]
    assert shown == {"label": "Abnormal", "by": "t-band mean<239", "why": "mean 231: mean holds"}
    hidden = client.queue("all", blind=True)
    assert hidden["blind"] is True
    assert all(page["suggestion"] is None for page in hidden["pages"])


def test_a_blind_reader_sees_their_own_history_alone(client: Client) -> None:
    client.say(key(0), "Normal", "Ada")
    client.say(key(0), "Abnormal", "Ben")
    asked = {"key": key(0), "reader": "Ada"}
    everyone = client.get("/api/history", params=asked).json()["said"]
    assert [one["who"] for one in everyone] == ["Ada", "Ben"]
    alone = client.get("/api/history", params={**asked, "blind": True}).json()["said"]
    assert [one["who"] for one in alone] == ["Ada"]


def test_a_server_started_blind_never_shows(pages: Path, tmp_path: Path) -> None:
    request = LabelRequest(str(pages), str(tmp_path / "l.sqlite"), blind=True)
    desk = open_desk(request)
    desk.labels.add([Judgement(key(0), "Abnormal", "t-band", "rule", NOW)])
    client = client_of(desk)
    assert client.queue("all")["pages"][0]["suggestion"] is None
    client.say(key(0), "Normal", "Ben")
    asked = {"key": key(0), "reader": "Ada", "blind": False}
    assert client.get("/api/history", params=asked).json()["said"] == []
    desk.close()


def test_who_has_seen_once_is_not_blind_again(client: Client, desk: Desk) -> None:
    client.say(key(0), "Normal", blind=False)
    client.say(key(0), "Abnormal", blind=True)
    client.say(key(1), "Abnormal", blind=True)
    blind = {said.key: said.blind for said in desk.labels.history()}
    assert blind == {key(0): False, key(1): True}


def test_two_readers_disagree_and_one_settles(client: Client, desk: Desk) -> None:
    for number in range(4):
        client.say(key(number), "Normal", "Ada")
        client.say(key(number), "Normal" if number < 3 else "Abnormal", "Ben")
    assert client.keys("readers") == [key(3)]
    settled = client.say(key(3), "Abnormal", "Ada", adjudicate=True, blind=False)
    assert settled["saved"]["blind"] is False
    assert client.keys("readers") == []
    assert desk.labels.current()[key(3)].label == "Abnormal"
    assert desk.labels.current(who="Ada")[key(3)].label == "Normal"  # her own reading stays
    client.post("/api/undo", json={"reader": "Ada", "adjudicate": True})
    assert client.keys("readers") == [key(3)]


def test_agreement_is_kappa_with_its_interval_and_without_adjudications(client: Client) -> None:
    for number in range(6):
        client.say(key(number), ["Normal", "Abnormal"][number % 2], "Ada")
        client.say(key(number), ["Normal", "Abnormal"][number % 2 if number else 1], "Ben")
    client.say(key(0), "Normal", "Ada", adjudicate=True)
    found = client.get("/api/agreement").json()
    (pair,) = found["pairs"]
    assert (pair["first"], pair["second"], pair["pages"]) == ("Ada", "Ben", 6)
    assert pair["observed"]["value"] == pytest.approx(5 / 6)
    assert pair["kappa"]["value"] == pytest.approx(2 / 3)  # (5/6 - 1/2) / (1 - 1/2)
    assert pair["kappa"]["low"] < pair["kappa"]["value"] <= pair["kappa"]["high"]
    # Fleiss: mean pairwise agreement 5/6, classes 5/12 and 7/12
    chance = (5 / 12) ** 2 + (7 / 12) ** 2
    assert found["fleiss"]["value"] == pytest.approx((5 / 6 - chance) / (1 - chance))
    assert (found["pages_read_twice"], found["open_pages"]) == (6, 0)


def test_agreement_of_nobody_is_empty(client: Client) -> None:
    found = client.get("/api/agreement").json()
    assert (found["pairs"], found["fleiss"], found["open_pages"]) == ([], None, 0)


def test_consensus_as_csv_and_json(client: Client) -> None:
    for reader, label in (("Ada", "Normal"), ("Ben", "Normal"), ("Cem", "Abnormal")):
        client.say(key(0), label, reader)
    client.say(key(1), "Normal", "Ada")
    client.say(key(1), "Abnormal", "Ben")
    client.say(key(2), "Unsure", "Ada", adjudicate=True)
    rows = list(csv.DictReader(io.StringIO(client.get("/api/consensus.csv").text)))
    found = [(row["label"], row["how"], row["readers"]) for row in rows]
    assert found[:4] == [
        ("Normal", "majority", "3"), ("", "open", "2"), ("Unsure", "adjudicated", "0"),
        ("", "unread", "0"),
    ]  # fmt: skip
    values = json.loads(client.get("/api/consensus.json").text)
    assert values[0]["votes"] == {"Normal": ["Ada", "Ben"], "Abnormal": ["Cem"]}


def test_the_picture_is_the_page_at_its_size_without_what_its_file_says(
    client: Client, pages: Path
) -> None:
    from PIL import Image

    secret = Image.open(pages / key(0))
    exif = secret.getexif()
    exif[0x010E] = "Jane Doe"
    secret.save(pages / key(0), exif=exif)
    answer = client.get("/api/picture", params={"key": key(0)})
    assert answer.headers["content-type"] == "image/jpeg"
    assert b"Jane" not in answer.content
    image = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (320, 480, 3)


def test_the_mask_is_painted_on_the_server(pages: Path, tmp_path: Path) -> None:
    from ecgpage.render import demo_pages

    page, _ = next(iter(demo_pages(1, 3)))
    cv2.imwrite(str(pages / key(0)), cv2.cvtColor(page.page.image, cv2.COLOR_RGB2BGR))
    for forced in (False, True):
        desk = open_desk(LabelRequest(str(pages), str(tmp_path / "l.sqlite"), mask=forced))
        client = client_of(desk)
        answers = [
            client.get("/api/picture", params={"key": key(0), "mask": mask}).content
            for mask in (False, True)
        ]
        plain, masked = (cv2.imdecode(np.frombuffer(a, np.uint8), 0) for a in answers)
        rows = plain.shape[0]
        assert masked[: rows // 20].min() > 240
        assert masked[rows // 2].min() < 120
        assert (plain[: rows // 8].min() < 120) == (not forced)
        desk.close()


def test_a_page_that_cannot_be_read_is_refused_by_its_name(client: Client, pages: Path) -> None:
    (pages / key(0)).write_bytes((pages / key(0)).read_bytes()[:200])
    answer = client.get("/api/picture", params={"key": key(0)})
    assert answer.status_code == 422
    assert answer.json()["refusal"]["where"] == key(0)
    assert str(pages) not in answer.text


def test_overlays_of_a_record_beside_the_page_and_of_broken_ones(
    client: Client, pages: Path
) -> None:
    def known() -> dict[str, Any]:
        return client.get("/api/overlays", params={"key": key(0)}).json()

    bare = known()
    assert bare["band"] == {"top": 0.4, "bottom": 0.6}
    assert (bare["px_per_mm"], bare["traces"], bare["waves"]) == (None, [], [])
    record = {
        "px_per_mm": {"down": 7.8, "across": 7.9}, "speed_mm_per_s": 25.0, "gain_mm_per_mv": 10,
        "traces": [{"lead": "II", "start_s": 0, "end_s": 2.5, "points_px": [[10, 20], [11, 21]]},
                   {"lead": "V1", "box_px": [1, 2, 3, 4]}, {"lead": "V2"}, 7],
        "waves": [{"lead": "II", "wave": "T", "onset_s": 0.1, "peak_s": None, "offset_s": 0.3}],
    }  # fmt: skip
    place = (pages / key(0)).with_suffix(".json")
    place.write_text(json.dumps(record))
    full = known()
    assert full["px_per_mm"] == {"down": 7.8, "across": 7.9}
    assert [trace["lead"] for trace in full["traces"]] == ["II", "V1"]
    assert full["traces"][0]["points_px"] == [[10, 20], [11, 21]]
    assert full["waves"][0]["offset_s"] == 0.3
    for broken in BROKEN_RECORDS:
        place.write_text(broken)
        assert known()["traces"] == []
        assert known()["px_per_mm"] is None


def test_an_unknown_class_or_queue_or_a_senseless_name_is_refused(client: Client) -> None:
    body = {"key": key(0), "label": "Maybe", "reader": "Ada", "blind": True}
    assert client.post("/api/label", json=body).json()["refusal"]["code"] == "unknown-class"
    asked = {"name": "nothing", "reader": "Ada"}
    answer = client.get("/api/queue", params=asked)
    assert answer.json()["refusal"]["code"] == "unknown-queue"
    for name in ("", "  ", "a\nb", "x" * 81, "Ada (adjudication)"):
        body = {"key": key(0), "label": "Normal", "reader": name, "blind": True}
        assert client.post("/api/label", json=body).status_code == 422


def test_without_a_model_its_queues_say_how_to_get_one(client: Client) -> None:
    answer = client.get("/api/queue", params={"name": "unsure", "reader": "Ada"})
    assert answer.status_code == 409
    assert "--model" in answer.json()["refusal"]["todo"]


def opinion(p: float, *, unseen: bool = True, threshold: float = 0.3) -> Opinion:
    label = "Abnormal" if p >= threshold else "Normal"
    return Opinion(label, ("Normal", "Abnormal"), (1 - p, p), threshold, unseen, "because")


def test_the_most_doubtful_page_lies_at_the_threshold(desk: Desk) -> None:
    said = {key(n): opinion(p) for n, p in enumerate([0.0, 0.31, 0.95, 0.6, 0.1])}
    order = unsure(View(desk, "Ada", said))
    assert order == [key(1), key(3), key(4), key(2), key(0)]
    desk.labels.add([Judgement(key(1), "Normal", "Ada", "person", NOW)])
    assert unsure(View(desk, "Ada", said)) == order[1:]
    three = Opinion("a", ("a", "b", "c"), (0.5, 0.4, 0.1), None, True, "")
    assert three.doubt == pytest.approx(0.9)


def test_a_wrong_label_is_suspected_only_by_a_model_that_has_not_seen_it(tmp_path: Path) -> None:
    pytest.importorskip("cleanlab")
    from web.conftest import write_pages

    folder = write_pages(tmp_path / "many", 40)
    desk = open_desk(LabelRequest(str(folder), str(tmp_path / "l.sqlite")))
    labels = ["Normal" if n % 2 else "Abnormal" for n in range(40)]
    wrong = {6: "Normal", 13: "Abnormal"}
    said = [
        Judgement(key(n), wrong.get(n, labels[n]), "Ada", "person", NOW + timedelta(seconds=n))
        for n in range(40)
    ]
    desk.labels.add(said)
    believed = [0.9 - 0.01 * (n % 7) if labels[n] == "Abnormal" else 0.1 for n in range(40)]
    opinions = {key(n): opinion(p) for n, p in enumerate(believed)}
    assert set(suspects(View(desk, "Ada", opinions))) == {key(6), key(13)}
    seen = {**opinions, key(6): opinion(believed[6], unseen=False)}
    assert suspects(View(desk, "Ada", seen)) == [key(13)]
    desk.close()


def test_every_queue_answers_on_an_untouched_data_set(desk: Desk) -> None:
    for name, queue in QUEUES.items():
        expected = 6 if name in ("unlabelled", "all", "untouched") else 0
        assert len(queue.keys(View(desk, "Ada"))) == expected, name
