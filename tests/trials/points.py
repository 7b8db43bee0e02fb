"""The named crash points of the code, and those that no story of the sweep leads through."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NAME = re.compile(r"[a-z_]+\.[a-z_]+")
#: Points that no story leads through, by their names or the place they stand in, and why that is right.
LEFT_OUT = {
    "demo.": "people and a brand of the demo, one transaction each; test_a_second_start_adds_nothing_and_follows_the_network",
    "restore.": "the whole database is exchanged for another; test_a_backup_restored_twice_leaves_no_trace_of_the_first",
    "publishing.removal_fault_counted": "it takes a mistake of ours; test_a_removal_on_which_our_own_code_fails_is_set_aside_the_fifth_time",
    "publishing.removal_put_down": "it takes a database that went away; test_a_database_that_is_away_counts_against_no_removal",
    "hearing.set_aside": "it takes a page that kills three readers; test_a_page_that_kills_three_listeners_is_set_aside_for_a_person_and_the_next_is_heard",
    "hearing.suspected": "it takes an answer that kills three readers; test_a_post_that_kills_whoever_looks_it_up_is_set_aside_alone",
    "careful.set_aside": "as before; test_a_thread_that_kills_three_listeners_is_set_aside_and_the_next_is_fetched",
}


def points() -> dict[str, str]:
    """Return every crash point of the code, with the file it stands in."""
    found = {}
    for file in sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "worker").rglob("*.py")]):
        for name in _points_in(ast.parse(file.read_text(encoding="utf-8"))):
            found[name] = str(file.relative_to(ROOT))
    return found


def _points_in(tree: ast.Module) -> Iterator[str]:
    for call in ast.walk(tree):  # handed on to whoever minds it
        if isinstance(call, ast.Call):
            named = [each.value for each in call.keywords if each.arg == "point"]
            yield from (str(each.value) for each in named if isinstance(each, ast.Constant))
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "crash_point":
                yield from _names(call.args[0], function, tree)


def _names(given: ast.expr, function: ast.FunctionDef, tree: ast.Module) -> Iterator[str]:
    if isinstance(given, ast.Constant):
        yield str(given.value)
    elif isinstance(given, ast.JoinedStr):  # one of the stories that the module lists
        written = "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in given.values)
        listed = [each for node in ast.walk(tree) if isinstance(node, ast.Tuple) for each in node.elts]
        told = [each.attr for each in listed if isinstance(each, ast.Attribute)]
        yield from (written.replace("*", name) for name in told or "*")
    else:  # the function's callers name it
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == function.name:
                words = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
                yield from (word for word in words if isinstance(word, str) and _NAME.fullmatch(word))


def is_left_out(name: str, file: str) -> bool:
    """Say whether a point is swept by nobody, for a reason."""
    return name.startswith(tuple(LEFT_OUT)) or file.startswith(tuple(LEFT_OUT))
