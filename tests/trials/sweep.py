"""The sweep: every named crash point of the code, under every answer of the network, and what became of it."""

import ast
import fnmatch
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from app.foundation.db import session
from tests.sandbox_server import run_sandbox
from tests.trials import children
from tests.trials.ground import Ground, World, ground
from tests.trials.stories import STORIES, Story, hear, look_after, order, thanked

ROOT = Path(__file__).resolve().parents[2]
_NAME = re.compile(r"[a-z_]+\.[a-z_]+")
#: Points that no story leads through, by their names or the place they stand in, and why that is right.
LEFT_OUT = {
    "app/accounts/": "signing in and passwords: no post, reply, sending or point depends on them",
    "app/advocates/": "people and their roles: no post, reply, sending or point depends on them",
    "app/cli/": "commands that somebody types, safe to type again",
    "app/privacy/": "erasing again after a restore, while nothing is sent; each row again until it is done",
    "worker/lanes/recovery.py": "reading the networks back after a restore, while nothing is sent; read anew after a death",
    "app/publishing/views/recovery.py": "ending that by hand, while nothing is sent",
    "hold.line_worded": "a line that pages show during a stop; nothing is sent by it",
    "publishing.begun_again": "for networks that keep a key of ours, which the one on trial does not",
    "publishing.fault_counted": "a row on which our own program fails; the tests of the lanes make one",
    "publishing.fault_recorded": "an outcome on which our own program fails; the tests of the lanes make one",
    "careful.stumbled": "a row on which our own program fails; the tests of the lanes make one",
}


def points() -> dict[str, str]:
    """Return every crash point of the code, with the file it stands in; ``*`` stands for what is put in at run time."""
    found = {}
    for file in sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "worker").rglob("*.py")]):
        for name in _points_in(ast.parse(file.read_text(encoding="utf-8"))):
            found[name] = str(file.relative_to(ROOT))
    return found


def _points_in(tree: ast.Module) -> Iterator[str]:
    for call in ast.walk(tree):  # handed on to whoever minds it
        if isinstance(call, ast.Call):
            yield from (str(ast.literal_eval(each.value)) for each in call.keywords if each.arg == "point")
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "crash_point":
                yield from _names(call.args[0], function, tree)


def _names(given: ast.expr, function: ast.FunctionDef, tree: ast.Module) -> Iterator[str]:
    if isinstance(given, ast.Constant):
        yield str(given.value)
    elif isinstance(given, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in given.values)
    else:  # the function's callers name it
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == function.name:
                words = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
                yield from (word for word in words if isinstance(word, str) and _NAME.fullmatch(word))


def is_left_out(name: str, file: str) -> bool:
    """Say whether a point is swept by nobody, for a reason."""
    return name in LEFT_OUT or file.startswith(tuple(LEFT_OUT))


@dataclass
class Report:
    """What the sweep found: which points were reached, and what was wrong after a death there."""

    reached: list[str] = field(default_factory=list)
    trials: int = 0
    faults: list[str] = field(default_factory=list)

    def unreached(self) -> list[str]:
        """Return the points of the code at which nothing has died."""
        return [
            f"{name} ({file})"
            for name, file in points().items()
            if not is_left_out(name, file) and not fnmatch.filter(self.reached, name)
        ]


def sweep(ground: Ground, *, only: str = "") -> Report:
    """Tell every story once whole, and once for each point it passes, with a death there."""
    report = Report()
    warm_up(ground)
    for one in STORIES:
        if only and not fnmatch.fnmatch(one.name, only):
            continue
        for answer in one.answers:
            for point in _one(ground, report, one, answer, ""):
                _one(ground, report, one, answer, point)
    return report


def warm_up(ground: Ground) -> None:
    """Let this process load, compile and remember what every child needs."""
    world = ground.begin()
    world.wake()
    world.connect()
    thanked(world)
    hear(world)
    look_after(world)
    session.remove()


def _one(ground: Ground, report: Report, one: Story, answer: str, point: str) -> list[str]:
    """Tell a story, dying at ``point`` where it is not empty; return the points that are worth dying at."""
    world, name = ground.begin(), f"{one.name}, {answer}, dying at {point or 'no point'}"
    report.trials += 1
    ended = children.run(lambda tell: _tell(world, one, answer, point, tell), seconds=120)
    ids = next((told["ids"] for told in ended.told if "ids" in told), None)
    passed = list(dict.fromkeys(told["passed"] for told in ended.told if "passed" in told))
    if ended.error or ids is None or (point and not ended.killed):
        report.faults.append(f"{name}: {ended.error or 'it did not die'}")
        return []
    world.ids = ids
    after = children.run(lambda tell: _look_after(world, one, tell), seconds=120)
    found = [told["wrong"] for told in after.told if "wrong" in told]
    ground.seen = next((told["seen"] for told in after.told if "seen" in told), ground.seen)
    report.faults += [f"{name}: {wrong}" for wrong in [*found, *([after.error] if after.error else [])]]
    if point:
        report.reached.append(point)
    # Every point once; where the network has its say, under each of its answers.
    return [each for each in passed if each in one.around or each not in report.reached]


def _tell(world: World, one: Story, answer: str, point: str, tell: children.Tell) -> None:
    world.wake()
    world.connect()
    one.arrange(world)
    order(world, one.endpoint, answer)
    session.remove()
    tell({"ids": world.ids})
    if point:
        children.die_at(point)
    else:
        children.note_points(tell)
    status = one.act(world)
    assert not isinstance(status, int) or status < 400, f"the form was answered with {status}"


def _look_after(world: World, one: Story, tell: children.Tell) -> None:
    """What is still running does what it does; whoever pressed presses again; then the checker looks."""
    world.wake()
    world.network.clear_faults()
    world.connect_again()
    if one.again or one.act.__name__ == "pressed":
        (one.again or one.act)(world)
    world.quiet(one.stages, listens=one.listens)
    for violation in world.violations(after=world.ground.seen):
        tell({"wrong": str(violation)})
    log = world.network.admin("GET", f"/log?after={world.ground.seen}")["log"]
    tell({"seen": max([world.ground.seen, *(line["seq"] for line in log)])})


def in_a_process(folder: Path, *, server: str) -> Report:
    """Sweep in a process of its own: what is forked there again and again carries nothing else along."""
    command = [sys.executable, "-m", "tests.trials.sweep", str(folder), server]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": "UTC"}
    told = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout
    return Report(**json.loads(told.splitlines()[-1]))


def main(folder: Path, server: str, only: str = "") -> None:
    """Sweep, and print the report as a line of JSON."""
    with run_sandbox(folder) as sandbox, ground(sandbox, folder, server=server) as place:
        print(json.dumps(asdict(sweep(place, only=only))), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
