"""The web application: thin routes to the room; started elsewhere."""

# FastAPI reads the annotations of routes that are defined within a function, so they stay live.
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from ecgpage.flows.label_pages import Desk
from ecgpage.flows.label_pages_model import judge_pages
from ecgpage.flows.label_pages_pictures import overlays, picture
from ecgpage.values import Refusal, Refused
from ecgpage.web import bodies
from ecgpage.web.answers import refusal_response
from ecgpage.web.guard import COOKIE, Guard, entry_cookie, page_code
from ecgpage.web.pictures import Pictures
from ecgpage.web.room import Room
from ecgpage.web.scoring import Scoring
from ecgpage.web.settings import WebSettings

STATIC = files("ecgpage.web") / "static"

Key = Annotated[bodies.Key, Query()]
Reader = Annotated[bodies.Reader, Query()]


def make_room(desk: Desk, settings: WebSettings) -> Room:
    """The desk with its pictures, and its model where one was named."""
    model = desk.request.model
    judge = None if model is None else lambda: judge_pages(desk, model)
    pictures = Pictures(lambda key, mask: picture(desk, key, mask=mask))
    return Room(desk, settings, pictures, Scoring(judge, len(desk.items)))


def create_app(desk: Desk, settings: WebSettings) -> FastAPI:
    """The application around an open desk; it is neither started nor bound to an address."""
    room = make_room(desk, settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        room.close()

    app = FastAPI(
        title="ecgpage label", lifespan=lifespan, docs_url=None, redoc_url=None,
        openapi_url="/api/openapi.json",
    )  # fmt: skip
    app.add_middleware(Guard, settings=settings)
    add_handlers(app)
    add_entry(app, room)
    add_pages(app, room)
    add_labels(app, room)
    app.mount("/static", StaticFiles(directory=str(STATIC)), name="static")
    return app


def add_handlers(app: FastAPI) -> None:
    """Everything that goes wrong is answered in one form."""

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> JSONResponse:
        return refusal_response(error.refusal)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"])
        return refusal_response(
            Refusal(where, "the request cannot be read", str(first["msg"]), "something else",
                    "Correct the request.", "bad-request"), 422,
        )  # fmt: skip

    @app.exception_handler(HTTPException)
    async def failed(_request: Request, error: HTTPException) -> JSONResponse:
        answer = refusal_response(
            Refusal("request", str(error.detail), "an address and method of this page", "another",
                    "Open the page itself.", "no-such-address"), error.status_code,
        )  # fmt: skip
        answer.headers.update(error.headers or {})
        return answer


def add_entry(app: FastAPI, room: Room) -> None:
    """The page itself, and the way in."""

    @app.get("/", include_in_schema=False)
    def page() -> HTMLResponse:
        return HTMLResponse((STATIC / "index.html").read_text(encoding="utf-8"))

    @app.post("/api/enter")
    def enter(given: bodies.Entry) -> JSONResponse:
        token = room.settings.token
        right = token is None or hmac.compare_digest(given.token.encode(), token.encode())
        if not right:
            return refusal_response(
                Refusal("token", "it is not the right one", "the token that was printed",
                        "another", "Copy the address again.", "wrong-token")
            )  # fmt: skip
        answer = JSONResponse({"entered": True})
        if token is not None:
            kept = entry_cookie(room.settings)
            answer.set_cookie(COOKIE, kept, httponly=True, samesite="strict", path="/")
        return answer

    @app.get("/api/session")
    def session() -> dict[str, Any]:
        return {**room.session(), "code": page_code(room.settings)}


def add_pages(app: FastAPI, room: Room) -> None:
    """Queues, pictures and what is known of a page."""

    @app.get("/api/queue")
    def queue(
        name: Annotated[str, Query(max_length=40)], reader: Reader, *, blind: bool = False
    ) -> dict[str, Any]:
        return room.queue(name, reader, blind=blind)

    @app.get("/api/picture", response_class=Response)
    def shown(key: Key, *, mask: bool = False) -> Response:
        room.desk.item(key)
        data = room.pictures.get(key, mask=mask or room.desk.request.mask)
        kept = {"cache-control": "private, max-age=600"}
        return Response(data, media_type="image/jpeg", headers=kept)

    @app.get("/api/overlays")
    def known(key: Key) -> dict[str, Any]:
        return overlays(room.desk, key)

    @app.get("/api/history")
    def history(key: Key, reader: Reader, *, blind: bool = False) -> dict[str, Any]:
        return room.history(key, reader, blind=blind)

    @app.get("/api/scoring")
    def scoring() -> dict[str, Any]:
        return room.scoring.state()


def add_labels(app: FastAPI, room: Room) -> None:
    """Labels in, agreement and consensus out."""

    @app.post("/api/label")
    def label(given: bodies.Label) -> dict[str, Any]:
        return room.label(given.model_dump())

    @app.post("/api/undo")
    def undo(given: bodies.Undo) -> dict[str, Any]:
        return room.undo(given.reader, adjudicate=given.adjudicate)

    @app.get("/api/agreement")
    def agreement(*, blind_only: bool = False) -> dict[str, Any]:
        return room.agreement(blind_only=blind_only)

    @app.get("/api/consensus.{form}", response_class=Response)
    def consensus(form: Literal["csv", "json"]) -> Response:
        kinds = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
        named = {"content-disposition": f'attachment; filename="consensus.{form}"'}
        return Response(room.consensus(form), media_type=kinds[form], headers=named)
