"""The network as a web server of its own process."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from sandbox import api_reads, api_writes, bad_days, page_forms  # noqa: F401 - they hang their routes on api and page
from sandbox.admin import admin
from sandbox.api import api
from sandbox.authorize import LOOPBACK, authorize
from sandbox.demo import read_demo, seed, start_drip
from sandbox.network import Network, open_network
from sandbox.page import page

LARGEST_BODY = 16 * 1024 * 1024
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about a server."""

    host: str
    port: int
    database: Path
    brand: str
    brand_name: str
    token: str
    limits: str
    demo: Path | None
    drip_seconds: float


class QuietRequestHandler(WSGIRequestHandler):
    """A request handler that writes no line for each request, and lets go of lost connections."""

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Server(ThreadedWSGIServer):
    """A server whose threads never keep the process from ending."""

    daemon_threads = True
    block_on_close = False


def create_app(network: Network) -> Flask:
    """Return the network's pages and API as one application."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_BODY
    app.extensions["network"] = network
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for blueprint in (api, admin, authorize, page):
        app.register_blueprint(blueprint)
    app.before_request(refuse_strangers)
    app.after_request(add_headers)
    return app


def refuse_strangers() -> None:
    """Answer only to this machine's names, and to forms of our own pages."""
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        abort(403)
    origin = request.headers.get("Origin")
    if request.method != "GET" and origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)


def add_headers(response: Response) -> Response:
    """Add what keeps a browser from running anything."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def serve(options: Options) -> NoReturn:
    """Serve until the process is told to end, and end at once then."""
    network = open_network(
        options.database, brand=options.brand, brand_name=options.brand_name, token=options.token, limits=options.limits
    )
    if options.demo:
        demo = read_demo(options.demo, network.brand_handle)
        seed(network.store, demo)
        if options.drip_seconds > 0:
            start_drip(network, demo, options.drip_seconds)
    server = Server(options.host, options.port, create_app(network), handler=QuietRequestHandler)

    def stop(_signal: int, _frame: object) -> NoReturn:
        # Every committed write is in the file already; a hanging request shall not hold us.
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"Sandbox network of @{network.brand_handle} on http://{options.host}:{server.port}/", flush=True)
    server.serve_forever()
    raise SystemExit(0)
