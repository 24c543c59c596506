"""Who may ask what: the host's name, the page's origin, the token, and what answers carry.

References
----------
.. [1] OWASP Cross-Site Request Forgery Prevention Cheat Sheet (origin checks, fetch metadata).
.. [2] W3C Fetch Metadata Request Headers (Sec-Fetch-Site).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ecgpage.values import Refusal
from ecgpage.web.answers import refusal_response
from ecgpage.web.settings import WebSettings, is_loopback

COOKIE = "ecgpage_entry"
CODE_HEADER = "x-ecgpage-code"
"""A header that only the page's own script sends; a form of another site cannot."""

ENTRY = "/api/enter"
"""Where the token is shown; the page does not know its code before."""

OPEN_PATHS: tuple[str, ...] = ("/", ENTRY)
OPEN_FOLDER = "/static/"
"""Served to people who have not shown their token: the page's own files, no data."""

LARGEST_BODY = 64 * 1024

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ALWAYS: dict[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}

OWN = ("content-security-policy", "x-frame-options")
"""Headers that a page without any script may set for itself (a report in a frame)."""

WRONG_HOST = Refusal(
    "host", "the server is not called so", "its own name or address", "another host name",
    "Open the address that was printed.", "wrong-host",
)  # fmt: skip
CROSS_SITE = Refusal(
    "request", "it comes from another site", "a request of this page", "one of another origin",
    "Open the page itself.", "cross-site",
)  # fmt: skip
WRONG_CODE = Refusal(
    "request", "it does not carry the page's code", f"the header {CODE_HEADER}",
    "none, or an old one", "Load the page again.", "wrong-code",
)  # fmt: skip
TOO_LONG = Refusal(
    "request", "it is too long", f"at most {LARGEST_BODY} bytes", "more", "Shorten the note.",
    "too-long",
)  # fmt: skip
WRONG_TOKEN = Refusal(
    "request", "it does not show the token", "the token that was printed", "none, or another",
    "Open the address with its token.", "wrong-token",
)  # fmt: skip


def page_code(settings: WebSettings) -> str:
    """The code that each changing request of the page carries."""
    return _keyed(settings, "code")


def entry_cookie(settings: WebSettings) -> str:
    """What a browser keeps once it has shown the token: not the token itself."""
    return _keyed(settings, f"entry {settings.token}")


def _keyed(settings: WebSettings, what: str) -> str:
    return hmac.new(settings.secret.encode(), what.encode(), hashlib.sha256).hexdigest()


class Guard:
    """ASGI middleware that refuses before anything else is looked at."""

    def __init__(
        self, app: ASGIApp, settings: WebSettings, uploads: Mapping[str, int] | None = None
    ) -> None:
        """``uploads``: paths that take files, and the most bytes each may be sent."""
        self.app = app
        self.settings = settings
        self.uploads = uploads or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with a refusal; both with the security headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    if name in OWN:
                        headers.setdefault(name, value)
                    else:
                        headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, with_headers)
            return
        await self.app(scope, _limited(receive, self._most(scope["path"])), with_headers)

    def _refused(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        method, path = scope["method"], scope["path"]
        changes = method not in ("GET", "HEAD") and path != ENTRY
        if not self._host_known(headers.get("host", "")):
            return refusal_response(WRONG_HOST, 421)
        if not _same_site(headers):
            return refusal_response(CROSS_SITE, 403)
        if changes and not _equal(headers.get(CODE_HEADER), page_code(self.settings)):
            return refusal_response(WRONG_CODE, 403)
        if _too_long(headers, self._most(path)):
            return refusal_response(TOO_LONG, 413)
        if self._must_show_token(path) and not self._entered(headers):
            return refusal_response(WRONG_TOKEN, 401)
        return None

    def _most(self, path: str) -> int:
        return self.uploads.get(path, LARGEST_BODY)

    def _host_known(self, host: str) -> bool:
        """Beyond loopback any name may lead here, and the token decides; on loopback a foreign
        name means that another site points its own name at this machine (DNS rebinding)."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return is_loopback(name) if self.settings.loopback else bool(name)

    def _must_show_token(self, path: str) -> bool:
        if self.settings.token is None or path in OPEN_PATHS:
            return False
        return not path.startswith(OPEN_FOLDER)

    def _entered(self, headers: Headers) -> bool:
        token = str(self.settings.token)
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _equal(given, token):
            return True
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(headers.get("cookie", ""))
        except CookieError:
            return False
        kept = cookies.get(COOKIE)
        return kept is not None and _equal(kept.value, entry_cookie(self.settings))


def _same_site(headers: Headers) -> bool:
    """Whether the browser says that its own page asks; programs say nothing and may."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit_safe(origin) == headers.get("host", "").lower()


def urlsplit_safe(origin: str) -> str:
    """Host and port of an origin; empty where it is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _equal(given: str | None, wanted: str) -> bool:
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), wanted.encode())


def _too_long(headers: Headers, most: int) -> bool:
    length = headers.get("content-length", "0")
    return not length.isascii() or not length.isdigit() or int(length[:12]) > most


def _limited(receive: Receive, most: int) -> Receive:
    """A body without a stated length ends where it grows too long."""
    taken = 0

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            return {"type": "http.request", "body": b"", "more_body": False}
        return message

    return take
