"""A storm: every request may meet something bad, by chances that a seed makes repeatable."""

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.faults import ENDPOINTS, KINDS, Fault


@dataclass
class Storm:
    """How likely each kind is at each endpoint (``*`` is any that is not named), until it is ended.

    ``late_seconds``: how long after its connection was dropped a request of kind ``late`` is done. ``lag_seconds``: how old
    a post is before timelines and mentions show it. ``seconds``: how long a hang lasts, and how far away the reset of
    a 429 is.
    """

    seed: int
    rates: Mapping[str, Mapping[str, float]]
    late_seconds: float = 1.0
    lag_seconds: float = 0.0
    seconds: float = 2.0
    _dice: dict[str, random.Random] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for endpoint, chances in self.rates.items():
            if endpoint not in (*ENDPOINTS, "*") or not chances.keys() <= KINDS.keys():
                raise ValueError(f"no storm of {', '.join(chances)} at {endpoint}")
            if any(chance < 0 for chance in chances.values()) or sum(chances.values()) > 1:
                raise ValueError(f"the chances at {endpoint} are no part of 1")

    def draw(self, endpoint: str) -> Fault | None:
        """Return what the next request to an endpoint meets; its draws do not hang on those of the other endpoints."""
        dice = self._dice.setdefault(endpoint, random.Random(f"{self.seed}:{endpoint}"))  # noqa: S311 - not a secret
        drawn = dice.random()
        for kind, chance in self.rates.get(endpoint, self.rates.get("*", {})).items():
            drawn -= chance
            if drawn < 0:
                return Fault(endpoint, kind, seconds=self.late_seconds if kind == "late" else self.seconds)
        return None

    def told(self) -> dict[str, Any]:
        """Return what was ordered, as it was ordered."""
        return {name: value for name, value in asdict(self).items() if not name.startswith("_")}
