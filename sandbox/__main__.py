"""The command line: serve the network, or replay a stream of posts through it."""

import argparse
from pathlib import Path

from sandbox.authorize import LOOPBACK
from sandbox.network import DEFAULT_BRAND, DEFAULT_BRAND_NAME, STARTER_TOKEN
from sandbox.replay import Outcome, Replay, replay
from sandbox.server import Options, serve

DEMO = Path(__file__).with_name("demo.jsonl")


def main() -> None:
    """Read the command line and do what it says."""
    arguments = _parser().parse_args()
    if arguments.command == "replay":
        print(_replayed(arguments))
        return
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


def _replayed(arguments: argparse.Namespace) -> Outcome:
    return replay(
        Replay(
            file=arguments.file,
            speed=arguments.speed,
            brand=arguments.brand,
            url=arguments.url,
            label=arguments.label,
            limit=arguments.limit,
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    server = commands.add_parser("serve", help="run the network until it is told to stop")
    server.add_argument("--host", default="127.0.0.1", choices=sorted(LOOPBACK), help="loopback only (%(default)s)")
    server.add_argument("--port", type=int, default=8100, help="0 takes a free one (%(default)s)")
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
    stream = commands.add_parser(
        "replay",
        help="feed a stream of posts through a running network",
        description="Every inbound row is posted by its author and names HANDLE; the others are HANDLE's replies. "
        "A row is posted once: run it again and what is there already is left alone, which also resumes a run that "
        "was cut short. Another --label posts everything anew.",
    )
    stream.add_argument(
        "file", type=Path, help="JSON lines, gzip'd or not, with id, t, author, inbound, text, in_reply_to"
    )
    stream.add_argument(
        "--speed", type=float, default=1.0, help="times real time; 0 is as fast as it goes (%(default)s)"
    )
    stream.add_argument("--brand", default=DEFAULT_BRAND, metavar="HANDLE", help="whom the posts name (%(default)s)")
    stream.add_argument("--url", default="http://127.0.0.1:8100", help="the network's address (%(default)s)")
    stream.add_argument("--label", default="replay", help="tells one run's posts from another's (%(default)s)")
    stream.add_argument("--limit", type=int, help="stop after so many rows")
    return parser


if __name__ == "__main__":
    main()
