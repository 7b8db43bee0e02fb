"""A search as an admin words it, tried on its network before it is kept."""

from datetime import datetime

from app.channels import actions
from app.channels.errors import ChannelError
from app.channels.registry import open_channel
from app.foundation.db import unit_of_work
from app.foundation.lanes import crash_point

#: A network gives no fewer, and each post is paid for.
TRIED_WITH = 10


def try_out(query: str, *, connection_id: int, at: datetime) -> ChannelError | None:
    """Make a search once; return what the network has against it. No unit of work may be open."""
    try:
        channel = open_channel(connection_id)
        channel.search(query, None, limit=TRIED_WITH)
    except ChannelError as error:
        return error
    with unit_of_work():
        actions.record_cost(connection_id=connection_id, units=channel.cost_units, at=at)
    crash_point("channels.search_tried")
    return None
