"""Pages of people with their standing: joining, the roster, what an advocate knows."""

from app.advocates.views import joining, people, skills, standing
from app.advocates.views.blueprint import bp

__all__ = ["bp", "joining", "people", "skills", "standing"]
