"""Commands for whoever runs it: the first admin, and the demo."""

from flask import Flask


def join(app: Flask) -> None:
    """Add the commands to ``app``."""
