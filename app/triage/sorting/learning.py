"""Pure: how far an installation's own corrections move the borders between staff and the crew."""

from collections.abc import Iterable, Mapping, Sequence
from math import exp, log

from app.triage.judge import DEFAULT_POINT
from app.triage.sorting.ladder import SCORES, Border

#: Fewer posts than this move nothing.
LEAST = 40
#: As far as a border may move, in log-odds: half as far towards the crew, where a mistake costs more.
MOST_TO_STAFF = 0.5
MOST_TO_CREW = 0.25
#: How far a shift strays that is usual, in log-odds: what few posts say is believed less.
USUAL = 0.25
_NEAR = 0.001
_HALVINGS = 40

Sample = tuple[float, bool]
"""A score 0..1, and whether the post was staff's."""


def shift_of(samples: Sequence[Sample]) -> float:
    """Return by how much the scores of one signal should be moved, in log-odds; 0 for fewer than ``LEAST``.

    The borders say from which chance on a post is staff's. So the scores are moved until they say the chance that people
    found: the ``a`` for which

        sum(was staff's - 1 / (1 + exp(-(log-odds of the score + a)))) = a / USUAL**2

    This updates the intercept of a logistic model and leaves its slope (D. R. Cox, Biometrika 45, 1958; E. W. Steyerberg and
    others, Statistics in Medicine 23, 2004: "re-calibration in the large"; of J. Platt's two parameters, 1999, it is the second).
    The right side is a normal prior around 0, which draws what few posts say back to nothing. The left side falls as ``a`` grows
    and the right one rises, so there is one answer; it is sought between the two bounds, and where it lies beyond one, that
    bound is taken. Where one of the posts
    turns out to be staff's after all, nothing moves towards the crew.
    """
    if len(samples) < LEAST:
        return 0.0
    odds = [(_log_odds(score), is_staffs) for score, is_staffs in samples]
    low, high = -MOST_TO_CREW, MOST_TO_STAFF
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _pull(odds, middle) > 0:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, 3)


def _pull(odds: Sequence[Sample], shift: float) -> float:
    return sum(is_staffs - 1 / (1 + exp(-(each + shift))) for each, is_staffs in odds) - shift / USUAL**2


def _log_odds(score: float) -> float:
    kept = min(1 - _NEAR, max(_NEAR, score))
    return log(kept / (1 - kept))


def border_at_stake(scores: Mapping[str, float]) -> Border:
    """Return the border that a post has come furthest to on its way to staff: the one the decision hung on."""
    return max(Border, key=lambda border: scores.get(SCORES[border], 0.0) / getattr(DEFAULT_POINT, border.value))


def by_border(posts: Iterable[tuple[Mapping[str, float], bool]]) -> dict[Border, list[Sample]]:
    """Sort posts, given by their scores and whether they were staff's, by the border that was at stake."""
    samples: dict[Border, list[Sample]] = {border: [] for border in Border}
    for scores, is_staffs in posts:
        border = border_at_stake(scores)
        samples[border].append((scores.get(SCORES[border], 0.0), is_staffs))
    return samples
