"""Count what was heard, watch it for spikes, and say that one is no incident."""

from app.spikes.actions.counting import count_sorted as count_sorted
from app.spikes.actions.counting import forget_counts as forget_counts
from app.spikes.actions.counting import forget_old as forget_old
from app.spikes.actions.watching import dismiss as dismiss
from app.spikes.actions.watching import is_due as is_due
from app.spikes.actions.watching import watch as watch
