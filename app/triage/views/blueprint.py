"""What the pages of triage share."""

from flask import Blueprint

bp = Blueprint("triage", __name__)
