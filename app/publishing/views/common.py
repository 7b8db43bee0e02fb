"""What publishing's views share."""

from flask import Blueprint

bp = Blueprint("publishing", __name__)
