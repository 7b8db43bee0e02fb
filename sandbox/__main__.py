"""The command line: serve the network, or replay a stream of posts through it."""

import argparse
from pathlib import Path

from sandbox.network import DEFAULT_BRAND, DEFAULT_BRAND_NAME, STARTER_TOKEN
from sandbox.server import LOOPBACK, Options, serve

DEMO = Path(__file__).with_name("demo.jsonl")


def main() -> None:
    """Read the command line and do what it says."""
    arguments = _parser().parse_args()
    serve(
        Options(
            host=arguments.host,
            port=arguments.port,
            database=arguments.database,
            brand=arguments.brand,
            brand_name=arguments.brand_name,
            token=arguments.token,
            limits=arguments.limits,
            demo=DEMO if arguments.seed_demo else None,
            drip_seconds=arguments.drip_seconds,
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    server = commands.add_parser("serve", help="run the network until it is told to stop")
    server.add_argument("--host", default="127.0.0.1", choices=sorted(LOOPBACK), help="loopback only (%(default)s)")
    server.add_argument("--port", type=int, default=8081, help="0 takes a free one (%(default)s)")
    server.add_argument(
        "--database", type=Path, default=Path("sandbox.sqlite3"), help="the network's file (%(default)s)"
    )
    server.add_argument("--brand", default=DEFAULT_BRAND, metavar="HANDLE", help="the brand's account (%(default)s)")
    server.add_argument("--brand-name", default=DEFAULT_BRAND_NAME, help="its name (%(default)s)")
    server.add_argument("--token", default=STARTER_TOKEN, help="the brand account's access token (%(default)s)")
    server.add_argument("--limits", choices=["wide", "x"], default="wide", help="rate limits (%(default)s)")
    server.add_argument("--seed-demo", action="store_true", help="fill an empty network with demo.jsonl")
    server.add_argument(
        "--drip-seconds",
        type=float,
        default=6.0,
        help="with --seed-demo, seconds between new posts; 0 is none (%(default)s)",
    )
    return parser


if __name__ == "__main__":
    main()
