"""Refusals as answers."""

from __future__ import annotations

from starlette.responses import JSONResponse

from ecgpage.values import Refusal

STATUS: dict[str, int] = {
    "no-such-page": 404, "not-found": 404, "absent-file": 404, "nothing-to-undo": 409,
    "store-unreachable": 503, "no-model": 409, "scoring": 409, "wrong-token": 401,
}  # fmt: skip
"""HTTP status by a refusal's code; 422 for all others."""


def refusal_response(refusal: Refusal, status: int | None = None) -> JSONResponse:
    """A refusal as JSON; characters that are no Unicode text are replaced."""
    values = {
        name: text.encode("utf-8", "replace").decode() for name, text in refusal.as_dict().items()
    }
    return JSONResponse(
        {"refusal": values}, status_code=status or STATUS.get(refusal.code, 422)
    )  # fmt: skip
