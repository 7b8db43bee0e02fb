"""The sending log, sends to settle, replies to take back or to post by hand, the cord, and recovery mode."""

from app.publishing.views import by_hand, cord, recovery, removing, sending
from app.publishing.views.common import bp

__all__ = ["bp", "by_hand", "cord", "recovery", "removing", "sending"]
