"""Write steps.css: classes for shares (bars, rings) and hues, since no page may carry a style attribute."""

from pathlib import Path

HEAD = "/* Made by tools/make_steps.py. p-N: a share in percent; h-N: the hue of an avatar or a medal. */\n"


def steps() -> str:
    """Return the whole sheet."""
    shares = "\n".join(f"  .p-{n} {{ --p: {n}; --v: {n}%; }}" for n in range(101))
    hues = "\n".join(f"  .h-{n} {{ --h: {n}; --bh: {n}; }}" for n in range(0, 360, 10))
    return f"{HEAD}@layer utilities {{\n{shares}\n{hues}\n}}\n"


if __name__ == "__main__":
    Path(__file__).resolve().parent.parent.joinpath("app", "static", "css", "steps.css").write_text(steps())
