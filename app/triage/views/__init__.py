"""Pages of triage."""

from app.triage.views import listening, rules, sorting
from app.triage.views.blueprint import bp

__all__ = ["bp", "listening", "rules", "sorting"]
