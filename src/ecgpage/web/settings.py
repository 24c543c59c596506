"""Where the page is served, and who may come in."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass, field

from ecgpage.values import Refusal, WrongUse
from ecgpage.web.classes import DEFAULT_CLASSES, LabelClass, parse_classes

SHORTEST_TOKEN = 16
"""Characters of a token that is given; one that is made has 43 (256 bits)."""

DEFAULT_PORT = 8765


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Everything the server is told.

    ``token`` None lets everyone on this machine in; ``secret`` makes the codes that requests
    of the page itself carry.
    """

    classes: tuple[LabelClass, ...] = field(default_factory=lambda: parse_classes(DEFAULT_CLASSES))
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    token: str | None = None
    reader: str = ""
    queue: str = "unlabelled"
    secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)

    @property
    def loopback(self) -> bool:
        """Whether nobody but this machine can reach the server."""
        return is_loopback(self.host)

    def url(self, port: int | None = None) -> str:
        """The address to open, with the token where there is one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        where = f"http://{host}:{port or self.port}/"
        return where if self.token is None else f"{where}#token={self.token}"


def make_settings(
    *,
    classes: str = DEFAULT_CLASSES,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    token: str | None = None,
    reader: str = "",
    queue: str = "unlabelled",
) -> WebSettings:
    """Settings from what a person gave; beyond this machine there is always a token.

    Raises
    ------
    WrongUse
        ``bad-classes``, ``weak-token``.
    """
    if token is not None and (len(token) < SHORTEST_TOKEN or not token.isprintable()):
        raise WrongUse(
            Refusal("--token", "the token is too easily guessed",
                    f"at least {SHORTEST_TOKEN} characters", f"{len(token)}",
                    "Leave --token out: one is made.", "weak-token")
        )  # fmt: skip
    if token is None and not is_loopback(host):
        token = secrets.token_urlsafe(32)
    return WebSettings(parse_classes(classes), host, port, token, reader.strip(), queue)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
