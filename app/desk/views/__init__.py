"""Staff's pages: the inbox with its cases, the life of a post, what was set aside."""

from app.desk.views import cases, posts
from app.desk.views.common import bp

__all__ = ["bp", "cases", "posts"]
