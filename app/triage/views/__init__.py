"""Pages of triage."""

from app.triage.views import rules
from app.triage.views.blueprint import bp

__all__ = ["bp", "rules"]
