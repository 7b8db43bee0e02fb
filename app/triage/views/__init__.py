"""Pages of triage."""

from app.triage.views import alike, listening, rules, sorting
from app.triage.views.blueprint import bp

__all__ = ["alike", "bp", "listening", "rules", "sorting"]
