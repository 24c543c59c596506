"""What must not get in: other sites, other names, wrong tokens, paths, long bodies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ecgpage.flows.label_pages import Desk, LabelRequest, open_desk
from ecgpage.values import WrongUse
from ecgpage.web import make_settings, parse_classes
from ecgpage.web.app import create_app
from ecgpage.web.launch import listen
from ecgpage.web.settings import SHORTEST_TOKEN

TOKEN = "a-long-enough-token-for-tests"
LABEL = {"key": "page-000.png", "label": "Normal", "reader": "Ada", "blind": True}


@pytest.fixture
def desk(pages: Path, tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(LabelRequest(str(pages), str(tmp_path / "labels.sqlite")))
    yield opened
    opened.close()


def serve(desk: Desk, base: str = "http://127.0.0.1:8765", **settings: Any) -> TestClient:
    return TestClient(create_app(desk, make_settings(**settings)), base_url=base)


def code_of(client: TestClient, **more: Any) -> dict[str, str]:
    return {"x-ecgpage-code": client.get("/api/session", **more).json()["code"]}


def refused(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.json()["refusal"]["code"] == code
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "key",
    ["../labels.sqlite", "/etc/passwd", "page-000.png/../../labels.sqlite", "..%2f..%2fetc/passwd",
     "file:///etc/passwd", "page-000.png\0.jpg", "\\..\\labels.sqlite", "labels.sqlite", ".",
     "PAGE-000.PNG"],
)  # fmt: skip
def test_only_pages_of_the_data_set_are_served(desk: Desk, key: str) -> None:
    client = serve(desk)
    for path in ("/api/picture", "/api/overlays", "/api/history"):
        answer = client.get(path, params={"key": key, "reader": "Ada"})
        refused(answer, 404, "no-such-page")
    refused(
        client.post("/api/label", json={**LABEL, "key": key}, headers=code_of(client)),
        404, "no-such-page",
    )  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2f..%2fweb/app.py",
     "/static//etc/passwd", "/static/vendor/../../launch.py", "/static/%00", "/labels.sqlite"],
)  # fmt: skip
def test_static_files_end_at_their_folder(desk: Desk, path: str) -> None:
    answer = serve(desk).get(path)
    assert answer.status_code in (404, 405), answer.text
    assert b"import" not in answer.content
    assert b"root:" not in answer.content


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9999"},
     {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)  # fmt: skip
def test_other_sites_are_refused_even_to_read(desk: Desk, headers: dict[str, str]) -> None:
    client = serve(desk)
    code = code_of(client)
    for path in ("/api/session", "/api/picture?key=page-000.png", "/api/consensus.csv", "/"):
        refused(client.get(path, headers=headers), 403, "cross-site")
    refused(client.post("/api/label", json=LABEL, headers={**code, **headers}), 403, "cross-site")
    assert desk.labels.history() == []


def test_the_page_s_own_requests_pass(desk: Desk) -> None:
    client = serve(desk)
    own = {"origin": "http://127.0.0.1:8765", "sec-fetch-site": "same-origin", **code_of(client)}
    assert client.post("/api/label", json=LABEL, headers=own).status_code == 200


@pytest.mark.parametrize("code", [None, "", "0" * 64, "é"])
def test_a_change_without_the_page_s_code_is_refused(desk: Desk, code: str | None) -> None:
    headers = {} if code is None else {"x-ecgpage-code": code.encode("latin-1")}
    answer = serve(desk).post("/api/label", json=LABEL, headers=headers)
    refused(answer, 403, "wrong-code")
    assert desk.labels.history() == []


def test_a_form_of_another_site_cannot_label(desk: Desk) -> None:
    client = serve(desk)
    answer = client.post("/api/label", data=LABEL, headers={"origin": "http://evil.example"})
    refused(answer, 403, "cross-site")
    plain = {"content-type": "text/plain", **code_of(client)}
    assert client.post("/api/label", content=b"x", headers=plain).status_code == 422


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "[::"])
def test_on_loopback_a_foreign_name_is_refused(desk: Desk, host: str) -> None:
    refused(serve(desk).get("/api/session", headers={"host": host}), 421, "wrong-host")


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1", "[::1]:8765"])
def test_on_loopback_its_own_names_pass(desk: Desk, host: str) -> None:
    assert serve(desk).get("/api/session", headers={"host": host}).status_code == 200


def test_beyond_loopback_there_is_always_a_token(desk: Desk) -> None:
    made = make_settings(host="0.0.0.0")
    assert made.token is not None
    assert len(made.token) >= 40
    assert made.token in made.url()
    assert make_settings().token is None
    with pytest.raises(WrongUse, match="too easily guessed"):
        make_settings(host="0.0.0.0", token="x" * (SHORTEST_TOKEN - 1))


@pytest.mark.parametrize("given", [None, "", "wrong", TOKEN + "x", TOKEN[:-1], TOKEN.upper()])
def test_a_wrong_token_opens_nothing(desk: Desk, given: str | None) -> None:
    client = serve(desk, base="http://labels.example", host="0.0.0.0", token=TOKEN)
    bearer = {} if given is None else {"authorization": f"Bearer {given}"}
    cookies = {} if given is None else {"ecgpage_entry": given}
    for path in ("/api/session", "/api/picture?key=page-000.png", "/api/consensus.csv",
                 "/api/openapi.json", "/api/queue?name=all&reader=Ada"):  # fmt: skip
        refused(client.get(path, headers=bearer), 401, "wrong-token")
        client.cookies.update(cookies)
        refused(client.get(path), 401, "wrong-token")
        client.cookies.clear()
    if given is not None:
        refused(client.post("/api/enter", json={"token": given}), 401, "wrong-token")
        assert "set-cookie" not in client.post("/api/enter", json={"token": given}).headers


def test_the_right_token_opens_by_cookie_and_by_header(desk: Desk) -> None:
    client = serve(desk, base="http://labels.example", host="0.0.0.0", token=TOKEN)
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert client.get("/api/session", headers=bearer).status_code == 200
    entered = client.post("/api/enter", json={"token": TOKEN})
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie
    assert client.get("/api/session").status_code == 200
    assert client.post("/api/label", json=LABEL, headers=code_of(client)).status_code == 200


def test_the_page_itself_is_open_but_tells_nothing(desk: Desk) -> None:
    client = serve(desk, base="http://labels.example", host="0.0.0.0", token=TOKEN)
    page = client.get("/")
    assert page.status_code == 200
    assert "page-000" not in page.text
    assert client.get("/static/main.js").status_code == 200


def test_every_answer_carries_the_policy(desk: Desk) -> None:
    client = serve(desk)
    for path in (
        "/",
        "/api/session",
        "/static/app.css",
        "/nowhere",
        "/api/picture?key=page-000.png",
    ):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "cache-control" in headers


def test_nothing_refers_to_another_place() -> None:
    from ecgpage.web.app import STATIC

    for file in STATIC.iterdir():
        if file.is_file():
            text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            assert "http:" not in text, file.name
            assert "https:" not in text, file.name


def test_a_long_body_is_refused(desk: Desk) -> None:
    client = serve(desk)
    headers = code_of(client)
    long = {**LABEL, "note": "x" * 70_000}
    refused(client.post("/api/label", json=long, headers=headers), 413, "too-long")
    refused(client.post("/api/label", json={**LABEL, "note": "x" * 5000}, headers=headers),
            422, "bad-request")  # fmt: skip

    def drops() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 1024

    answer = client.post("/api/label", content=drops(), headers=headers)
    assert answer.status_code in (413, 422)
    assert desk.labels.history() == []


def test_a_taken_port_is_said() -> None:
    with listen(make_settings(port=0)) as door, pytest.raises(WrongUse) as caught:
        listen(make_settings(port=door.getsockname()[1]))
    assert caught.value.refusal.code == "cannot-listen"


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "no class"), ("Normal,,Normal", "named twice"), ("A=u", "used for undo"),
     ("A=xy", "no single letter"), ("A=?", "no single letter"), ("A=1,B=1", "one key"),
     (",".join("abcdefghijk"), "no digit left")],
)  # fmt: skip
def test_classes_that_cannot_be_keyed_are_refused(text: str, message: str) -> None:
    with pytest.raises(WrongUse, match=message):
        parse_classes(text)


def test_classes_have_digits_unless_a_key_is_given() -> None:
    found = [(one.name, one.key) for one in parse_classes("Normal, T wave=x, Other, Bad=0")]
    assert found == [("Normal", "1"), ("T wave", "x"), ("Other", "2"), ("Bad", "0")]
