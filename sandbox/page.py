"""The network's page for people."""

from flask import Blueprint

page = Blueprint("page", __name__)


@page.get("/")
def home() -> str:
    return "<!doctype html><title>Sandbox</title>"
