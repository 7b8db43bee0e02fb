"""The blueprint that the pages of advocates share."""

from flask import Blueprint

bp = Blueprint("advocates", __name__)
