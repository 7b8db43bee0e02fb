"""Whom the contract is held against: every adapter there is, and one made for it."""

from app.channels.registry import CHANNELS
from app.channels.types import Capability
from tests.channels.memory import MemoryChannel

ADAPTERS = {**CHANNELS, MemoryChannel.kind: MemoryChannel}
KINDS = sorted(ADAPTERS)
#: The fixture with a brand account on a server that speaks a network's language, by the adapter's kind.
SERVERS = {"x": "brand_on_x", "memory": "brand_in_memory"}


def kinds_with(capability: Capability) -> list[str]:
    """Return the adapters that have a capability."""
    return [kind for kind in KINDS if capability in ADAPTERS[kind].capabilities]
