"""The review queue's pages."""

from app.reviews.views import deciding, looking
from app.reviews.views.common import bp

__all__ = ["bp", "deciding", "looking"]
