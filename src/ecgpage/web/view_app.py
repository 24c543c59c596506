"""The viewing page's application: thin routes to the viewer; started elsewhere."""

# FastAPI reads the annotations of routes that are defined within a function, so they stay live.
from importlib.resources import files
from typing import Annotated, Any

from fastapi import FastAPI, File, Query, UploadFile
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

import ecgpage
from ecgpage.flows import view as view_flow
from ecgpage.web import bodies
from ecgpage.web.app import add_handlers
from ecgpage.web.guard import POLICY, Guard, page_code
from ecgpage.web.settings import WebSettings
from ecgpage.web.viewer import Viewer

STATIC = files("ecgpage.web") / "static"
LARGEST_FILE = 64 * 1024 * 1024
OPEN = "/api/open"
FRAMED = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "x-frame-options": "SAMEORIGIN",
}
"""Of the report: no script, no address, only what stands in it, and only in this page's frame."""

Number = Annotated[str, Query(min_length=16, max_length=16, pattern="^[0-9a-f]+$", alias="id")]


def create_view_app(viewer: Viewer, settings: WebSettings) -> FastAPI:
    """The application around a viewer; it is neither started nor bound to an address."""
    app = FastAPI(
        title="ecgpage view", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    app.add_middleware(Guard, settings=settings, uploads={OPEN: LARGEST_FILE})
    add_handlers(app)

    @app.get("/", include_in_schema=False)
    def page() -> HTMLResponse:
        text = (STATIC / "view.html").read_text(encoding="utf-8")
        return HTMLResponse(
            text, headers={"content-security-policy": f"{POLICY}; frame-src 'self'"}
        )

    @app.get("/api/session")
    def session() -> dict[str, Any]:
        return {
            "code": page_code(settings),
            "reader": viewer.request.reader,
            "version": ecgpage.__version__,
        }

    @app.post(OPEN)
    def opened(dropped: Annotated[list[UploadFile], File(max_length=4)]) -> JSONResponse:
        given = {one.filename or "page": one.file.read() for one in dropped}
        return JSONResponse(viewer.open(given))

    @app.get("/api/picture", response_class=Response)
    def picture(number: Number) -> Response:
        return Response(view_flow.picture_jpeg(viewer.get(number)), media_type="image/jpeg")

    @app.get("/api/report", response_class=HTMLResponse)
    def report(number: Number) -> HTMLResponse:
        return HTMLResponse(view_flow.report_html(viewer.get(number)), headers=FRAMED)

    @app.post("/api/mark")
    def mark(given: bodies.Mark) -> JSONResponse:
        values = given.model_dump()
        return JSONResponse(viewer.mark(values.pop("id"), values, values.pop("reader")))

    app.mount("/static", StaticFiles(directory=str(STATIC)), name="static")
    return app
