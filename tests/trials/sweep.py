"""The sweep: every named crash point of the code, under every answer of the network, and what became of it.

Each trial is told in children forked from a process that has everything in its memory already, on a database that is
copied, and with a network of its own: several crews work side by side.
"""

import fnmatch
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from multiprocessing.pool import Pool
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from app.channels.adapters import x_transport
from app.foundation.db import session
from tests.sandbox_server import run_sandbox
from tests.trials import (
    children,
    house_stories,  # noqa: F401 - they add their own to the list
    network_stories,  # noqa: F401
    planted,
    rule_stories,  # noqa: F401
    sorting_stories,  # noqa: F401
)
from tests.trials.ground import Ground, World, ground
from tests.trials.points import ROOT, is_left_out, points
from tests.trials.stories import FEWER_ANSWERS, STORIES, Story, hear, look_after, order, thanked

CREWS = max(2, os.cpu_count() or 1)
#: How long a network may take that does not hang: a machine that does much else is slow, too.
PATIENCE_SECONDS = 10
#: ... and for how long one that hangs is waited for: less than it hangs.
IMPATIENCE_SECONDS = 1.0
TRIAL_SECONDS = 240
#: On a machine that does much else one telling may take another way; then it is told again.
TELLINGS = 3
_STORIES = {one.name: one for one in STORIES}
#: Where a reply that a publisher's death leaves behind is sent again, in a house that is wrong.
PROOF = ("send", "accepted", "publishing.said")


@dataclass(frozen=True, slots=True)
class Trial:
    """One story, told under one answer of the network, with a death at ``point`` where that is not empty."""

    story: str
    answer: str
    point: str = ""
    #: Whether the house is wrong on purpose.
    wrong: bool = False

    def __str__(self) -> str:
        return f"{self.story}, {self.answer}, dying at {self.point or 'no point'}"


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one trial: the points it passed, and what was found to be wrong afterwards."""

    trial: Trial
    passed: list[str]
    faults: list[str]
    died: bool = False


@dataclass
class Report:
    """What the sweep found: at which points something died, and what was wrong after it."""

    reached: list[str] = field(default_factory=list)
    trials: int = 0
    faults: list[str] = field(default_factory=list)
    #: What was found in a house that is wrong on purpose.
    proof: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{len(self.reached)} crash points, {self.trials} trials, {self.seconds:.0f} s"

    def unreached(self) -> list[str]:
        """Return the points of the code at which nothing has died."""
        return [
            f"{name} ({file})"
            for name, file in points().items()
            if not is_left_out(name, file) and name not in self.reached
        ]

    def take(self, told: Told) -> Told:
        """Add what came of a trial; a fault is said at once, since the others take minutes."""
        self.trials += 1
        self.faults += told.faults
        if told.died and told.trial.point not in self.reached:
            self.reached.append(told.trial.point)
        for fault in told.faults:
            print(fault, file=sys.stderr, flush=True)
        return told


def sweep(grounds: Sequence[Ground], *, only: str = "", fewer: bool = False) -> Report:
    """Tell every story whole, under each answer, and then once for each point that is worth dying at."""
    report, began = Report(), time.monotonic()
    stories = [one for one in STORIES if any(fnmatch.fnmatch(one.name, each) for each in (only or "*").split(","))]
    whole = [Trial(one.name, answer) for one in stories for answer in _answers(one, fewer=fewer)]
    with _crews(grounds) as crews:
        told = [report.take(one) for one in crews.imap(_try, whole)]
        for one in crews.imap(_try, _deaths(told)):
            report.take(one)
        report.proof = crews.apply(_try, [Trial(*PROOF, wrong=True)]).faults
    report.seconds = time.monotonic() - began
    return report


def _answers(one: Story, *, fewer: bool) -> list[str]:
    return [answer for answer in one.answers if not fewer or answer in FEWER_ANSWERS]


def _deaths(told: Sequence[Told]) -> list[Trial]:
    """Return every point once, and where the network has its say, under each of its answers."""
    deaths: dict[str, list[Trial]] = {}
    # Where a network hangs we wait for it so shortly that a busy machine alone may lead elsewhere.
    for one in sorted(told, key=lambda one: one.trial.answer.startswith("hang")):
        for point in one.passed:
            if point in _STORIES[one.trial.story].around or point not in deaths:
                deaths.setdefault(point, []).append(Trial(one.trial.story, one.trial.answer, point))
    return [trial for trials in deaths.values() for trial in trials]


# The crews


@contextmanager
def _crews(grounds: Sequence[Ground]) -> Iterator[Pool]:
    """Let as many processes as there are grounds take trials, each on a ground of its own."""
    context = multiprocessing.get_context("fork")
    free: SimpleQueue[int] = context.SimpleQueue()
    for number in range(len(grounds)):
        free.put(number)
    with context.Pool(len(grounds), _settle, (grounds, free)) as pool:
        yield pool


_place: list[Ground] = []


def _settle(grounds: Sequence[Ground], free: "SimpleQueue[int]") -> None:
    """Take a ground, and load, compile and remember what every child will need."""
    number = free.get()
    _place.append(grounds[number])
    _place[0].occupy()
    warm_up(_place[0])


def warm_up(ground: Ground) -> None:
    """Let this process load, compile and remember what every child needs."""
    world = ground.begin()
    world.wake()
    world.connect()
    thanked(world)
    hear(world)
    look_after(world)
    session.remove()


# One trial


def _try(trial: Trial) -> Told:
    """Tell a story, dying at a point where one is named; let the others go on, and ask the checker."""
    place, one = _place[0], _STORIES[trial.story]
    for _telling in range(TELLINGS):
        world = place.begin()
        ended = children.run(lambda tell: _tell(world, one, trial, tell), seconds=TRIAL_SECONDS)  # noqa: B023 -- done at once
        if ended.killed or ended.error or not trial.point:
            break
    ids = next((told["ids"] for told in ended.told if "ids" in told), None)
    passed = list(dict.fromkeys(told["passed"] for told in ended.told if "passed" in told))
    if ended.error or ids is None or (trial.point and not ended.killed):
        return Told(trial, passed, [f"{trial}: {ended.error or 'it did not die'}"])
    world.ids = ids
    after = children.run(lambda tell: _look_after(world, one, trial, tell), seconds=TRIAL_SECONDS)
    place.seen = next((told["seen"] for told in after.told if "seen" in told), place.seen)
    found = [told["wrong"] for told in after.told if "wrong" in told]
    found += [after.error] if after.error else []
    return Told(trial, passed, [f"{trial}: {wrong}" for wrong in found], died=bool(trial.point))


def _tell(world: World, one: Story, trial: Trial, tell: children.Tell) -> None:
    vars(x_transport)["READ_SECONDS"] = PATIENCE_SECONDS
    world.wake()
    world.connect()
    one.arrange(world)
    order(world, one.endpoint, trial.answer)
    if trial.answer.startswith("hang"):
        vars(x_transport)["READ_SECONDS"] = IMPATIENCE_SECONDS
    session.remove()
    tell({"ids": world.ids})
    if trial.point:
        children.die_at(trial.point)
    else:
        children.note_points(tell)
    status = one.act(world)
    assert not isinstance(status, int) or status < 400, f"the form was answered with {status}"


def _look_after(world: World, one: Story, trial: Trial, tell: children.Tell) -> None:
    """What is still running does what it does; whoever pressed presses again; then the checker looks."""
    vars(x_transport)["READ_SECONDS"] = PATIENCE_SECONDS
    world.wake()
    world.network.clear_faults()
    world.connect_again()
    if trial.wrong:
        planted.lapsed_claims_wait(world)
    if one.again or one.act.__name__ == "pressed":
        (one.again or one.act)(world)
    world.quiet(one.stages, listens=one.listens)
    for violation in world.violations(after=world.ground.seen):
        tell({"wrong": str(violation)})
    log = world.network.admin("GET", f"/log?after={world.ground.seen}")["log"]
    tell({"seen": max([world.ground.seen, *(line["seq"] for line in log)])})


# From outside


def in_a_process(folder: Path, *, server: str) -> Report:
    """Sweep in a process of its own: what is forked there again and again carries nothing else along."""
    command = [sys.executable, "-m", "tests.trials.sweep", str(folder), server]
    # Who is killed has no time to say what of the code it has seen; being watched would only cost.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environment |= {"PYTHONPATH": str(ROOT), "TZ": "UTC"}
    told = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout
    return Report(**json.loads(told.splitlines()[-1]))


def main(folder: Path, server: str = "", only: str = "") -> None:
    """Sweep, and print the report as a line of JSON."""
    with ExitStack() as stack:
        folders = [folder / str(number) for number in range(CREWS)]
        networks = [stack.enter_context(run_sandbox(each)) for each in folders]
        place = stack.enter_context(ground(networks[0], folder, server=server))
        grounds = [place.apart(*each) for each in zip(networks, folders, strict=True)]
        report = sweep(grounds, only=only, fewer=bool(server))
    print(report, file=sys.stderr)
    print(json.dumps(asdict(report)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
