"""What triage puts into the shell: how many posts wait for a listener."""

from app.foundation.slots import register_count
from app.triage.doubts import count_waiting

register_count("listening", count_waiting)
