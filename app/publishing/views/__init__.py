"""The sending log, sends to settle, replies to take back, and the cord."""

from app.publishing.views import cord, removing, sending
from app.publishing.views.common import bp

__all__ = ["bp", "cord", "removing", "sending"]
