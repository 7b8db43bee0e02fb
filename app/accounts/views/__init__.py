"""Pages of people: signing in, passwords, and one's own page."""

from app.accounts.views import me, passwords, signing_in
from app.accounts.views.blueprint import bp

__all__ = ["bp", "me", "passwords", "signing_in"]
