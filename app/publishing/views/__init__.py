"""The sending log, sends to settle, replies to take back, the cord, and recovery mode."""

from app.publishing.views import cord, recovery, removing, sending
from app.publishing.views.common import bp

__all__ = ["bp", "cord", "recovery", "removing", "sending"]
