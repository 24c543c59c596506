"""Whatever is asked, the server answers with a refusal and never fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from ecgpage.flows.label_pages import LabelRequest, open_desk
from ecgpage.web import make_settings
from ecgpage.web.app import create_app
from web.conftest import write_pages

schemathesis = pytest.importorskip("schemathesis", reason="pip install schemathesis")

KEYS = [f"page-{number:03d}.png" for number in range(3)]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("fuzz")
    pages = write_pages(folder / "pages", 3)
    desk = open_desk(LabelRequest(str(pages), str(folder / "labels.sqlite")))
    app = create_app(desk, make_settings())
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=True) as opened:
        opened.headers["x-ecgpage-code"] = opened.get("/api/session").json()["code"]
        yield opened
    desk.close()


@pytest.mark.slow
def test_no_request_of_the_schema_fails_the_server(client: TestClient) -> None:
    schema = schemathesis.openapi.from_dict(client.get("/api/openapi.json").json())
    schema.app = client.app
    schema.config.update(base_url="http://127.0.0.1")
    headers = dict(client.headers)
    asked: set[str] = set()
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=25, deadline=None, derandomize=True,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            kwargs = case.as_transport_kwargs(base_url="http://127.0.0.1", headers=headers)
            kwargs.pop("cookies", None)
            answer = client.request(**kwargs)
            assert answer.status_code < 500, answer.text
            if answer.status_code >= 400:
                assert answer.json()["refusal"]["code"]

        ask()
        asked.add(operation.path)
    assert len(asked) == 11, asked


texts = st.text(max_size=60) | st.sampled_from(["Ada", "all", "\0", "\ud800", "../", "%00", *KEYS])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
fields = st.fixed_dictionaries(
    {},
    optional={
        "key": values | st.sampled_from(KEYS), "label": values | st.just("Normal"),
        "reader": values | st.just("Ada"), "blind": values, "note": values, "tags": values,
        "adjudicate": values, "token": values,
    },
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=250, deadline=None, derandomize=True,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(
    path=st.sampled_from(["/api/label", "/api/undo", "/api/enter", "/api/session"]),
    body=fields | values,
)
def test_no_body_fails_the_server(client: TestClient, path: str, body: object) -> None:
    content = json.dumps(body).encode("utf-8", "surrogatepass")
    answer = client.post(path, content=content, headers={"content-type": "application/json"})
    assert answer.status_code < 500, answer.text


@pytest.mark.slow
@settings(max_examples=250, deadline=None, derandomize=True,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(
    path=st.sampled_from(["/api/queue", "/api/picture", "/api/overlays", "/api/history",
                          "/api/agreement", "/api/consensus.xml", "/static/x"]),
    method=st.sampled_from(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST", "TRACE"]),
    query=st.dictionaries(
        st.sampled_from(["key", "reader", "name", "blind", "mask", "blind_only"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(KEYS),
        max_size=5,
    ),
    header=st.binary(max_size=40),
)  # fmt: skip
def test_no_query_fails_the_server(
    client: TestClient, path: str, method: str, query: dict[str, str], header: bytes
) -> None:
    odd = {b"cookie": header, b"authorization": b"Bearer " + header, b"range": header}
    answer = client.request(method, path, params=query, headers=list(odd.items()))
    assert answer.status_code < 500, answer.text
