"""The sending log, sends to settle, and the cord."""

from app.publishing.views import cord, sending
from app.publishing.views.common import bp

__all__ = ["bp", "cord", "sending"]
