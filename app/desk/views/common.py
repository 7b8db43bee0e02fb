"""What staff's pages share."""

from flask import Blueprint

bp = Blueprint("desk", __name__)

ROWS_A_PAGE = 50
