"""Serve the labelling room until the person stops it."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ecgpage.flows.label_pages import Desk, LabelRequest, open_desk
from ecgpage.flows.label_pages_queues import find_queue
from ecgpage.flows.view import ViewRequest, warm_up
from ecgpage.values import Refusal, WrongUse, missing_extra
from ecgpage.web.settings import WebSettings


def launch(
    request: LabelRequest,
    settings: WebSettings,
    *,
    say: Callable[[str], None] = print,
    browser: bool = True,
) -> None:
    """Open the data set, tell the address (once, with its token), and serve.

    Raises
    ------
    WrongUse
        ``missing-extra``, ``cannot-listen``, ``unknown-queue``, and what opening raises.
    """
    find_queue(settings.queue)
    try:
        import fastapi  # noqa: F401
        import uvicorn  # noqa: F401
    except ModuleNotFoundError as error:
        raise missing_extra("fastapi and uvicorn", "web", "the labelling page") from error
    import ecgpage.web.app  # noqa: F401 - ready before the address is told

    desk = open_desk(request)
    try:
        with listen(settings) as door, contextlib.suppress(KeyboardInterrupt):
            port = int(door.getsockname()[1])
            say(f"{len(desk.items)} pages, labels in {without_password(request.store)}")
            for fault in desk.dataset.faults:
                say(str(fault))
            tell = partial(say, f"Open {settings.url(port)}  (stop with Ctrl-C)")
            serve(desk, settings, door, settings.url(port) if browser else None, tell)
    finally:
        desk.close()


def launch_view(
    request: ViewRequest,
    settings: WebSettings,
    *,
    say: Callable[[str], None] = print,
    browser: bool = True,
) -> None:
    """Tell the address of the viewing page and serve it; this machine alone can open it.

    Raises
    ------
    WrongUse
        ``missing-extra``, ``cannot-listen``, ``not-loopback``.
    """
    if not settings.loopback:
        raise WrongUse(
            Refusal("view", "other machines could open the page", "this machine's own address",
                    settings.host, "Leave the address out.", "not-loopback")
        )  # fmt: skip
    try:
        import fastapi  # noqa: F401
        import uvicorn
    except ModuleNotFoundError as error:
        raise missing_extra("fastapi and uvicorn", "web", "the viewing page") from error
    from ecgpage.web.view_app import create_view_app
    from ecgpage.web.viewer import Viewer

    with listen(settings) as door, contextlib.suppress(KeyboardInterrupt):
        url = settings.url(int(door.getsockname()[1]))
        say(f"Marks that are moved by hand are kept in {without_password(request.store)}")
        tell = partial(say, f"Open {url}  (stop with Ctrl-C)")
        app = create_view_app(Viewer(request), settings)
        threading.Thread(target=warm_up, daemon=True).start()
        run(uvicorn, app, door, url if browser else None, tell)


def without_password(store: str) -> str:
    """The store's address as it may be shown."""
    parts = urlsplit(store)
    if parts.password is None:
        return store
    return parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@")).geturl()


def listen(settings: WebSettings) -> socket.socket:
    """A socket on the address; port 0 takes a free one.

    Raises
    ------
    WrongUse
        ``cannot-listen``.
    """
    try:
        where = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        door = socket.socket(where[0], socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(where[4])
        door.listen(64)
    except (OSError, OverflowError) as error:
        raise WrongUse(
            Refusal(f"{settings.host}:{settings.port}", "nothing can be served there",
                    "an address of this machine and a free port",
                    getattr(error, "strerror", None) or str(error),
                    "Choose another with --port (0: any that is free).", "cannot-listen")
        ) from error  # fmt: skip
    return door


def serve(
    desk: Desk,
    settings: WebSettings,
    door: socket.socket,
    url: str | None,
    tell: Callable[[], object] = lambda: None,
) -> None:
    """Run the server on an open socket; ``url`` is opened in the browser."""
    import uvicorn

    from ecgpage.web.app import create_app

    run(uvicorn, create_app(desk, settings), door, url, tell)


def run(
    uvicorn: Any,
    app: Any,
    door: socket.socket,
    url: str | None,
    tell: Callable[[], object] = lambda: None,
) -> None:
    """Serve an application on an open socket until it is stopped.

    ``tell`` says the address: from then on a Ctrl-C ends the server, however early it comes.
    """
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, server_header=False,
                       timeout_graceful_shutdown=5)
    )  # fmt: skip
    with _stopped_by_interrupt(server):
        tell()
        if url is not None:
            threading.Timer(0.5, webbrowser.open, [url]).start()
        server.run(sockets=[door])


@contextlib.contextmanager
def _stopped_by_interrupt(server: Any) -> Iterator[None]:
    """Ctrl-C asks the server to end instead of being raised wherever the program happens to be."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        server.should_exit = True

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
