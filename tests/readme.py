"""Keeps the README's output blocks real: `python -m tests.readme` rewrites them.

A ```console block holds commands after `$ `, each followed by its output at 80 columns; a ```python
block is a doctest. Output that ends in a line `...` shows only the beginning.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from framing.evaluation import format_interval

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"```(console|python)\n(.*?)```", re.S)
SCORES = re.compile(r"(<!-- generated: scores -->\n).*?(<!-- end of generated part -->)", re.S)


def run_command(command: str) -> str:
    """What a shell prints for a command, errors and all, with `framing` being this checkout's."""
    plain = command.replace("make score", "framing score annotations/examples")
    script = f'framing() {{ "{sys.executable}" -m framing "$@"; }}\n{plain}'
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=False,
    )
    return "\n".join(line.rstrip() for line in (done.stdout + done.stderr).splitlines())


def render_console(block: str) -> str:
    """The block with every command's output as it is now."""
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"{command}\n{run_command(command[2:])}\n" for command in commands)


def render_python(block: str) -> str:
    """The block with every expression's value as it is now."""
    lines: list[str] = []
    names: dict[str, object] = {}
    here = Path.cwd()
    os.chdir(ROOT)
    try:
        for example in doctest.DocTestParser().get_examples(block):
            lines.append(">>> " + example.source.rstrip("\n").replace("\n", "\n... "))
            code = compile(example.source, "<README>", "single")
            shown = io.StringIO()
            with contextlib.redirect_stdout(shown):
                exec(code, names)  # the README's own examples
            if shown.getvalue():
                lines.append(shown.getvalue().rstrip("\n"))
    finally:
        os.chdir(here)
    return "\n".join(lines) + "\n"


def render_scores() -> str:
    """The table of scores of both shipped models, from the file that holds them."""
    result = json.loads((ROOT / "experiments/transformer/shipped.json").read_text("utf-8"))
    test, real = result["parts"]["test"], result["parts"]["real"]
    texts = {
        "authored, held out": test,
        **{f"… {name}": of for name, of in test["by_language"].items()},
        "… without trigger words": result["parts"]["test_without_triggers"],
        "real articles (en)": real,
    }
    frames = test["baseline"]["frames"]
    lines = [
        "| text | units | model | " + " | ".join(frames) + " | macro-F1 (95 %) | speaker |",
        "|---|---|---|" + "---|" * (len(frames) + 2),
    ]
    for name, part in texts.items():
        for model in ("transformer", "baseline"):
            of = part[model]
            cells = [f"{frame['f1']['estimate']:.2f}" for frame in of["frames"].values()]
            speaker = of["speaker"]["accuracy"]["estimate"]
            cells += [format_interval(of["macro_f1"], 2), f"{speaker:.2f}"]
            lines.append(f"| {name} | {of['units']} | {model} | " + " | ".join(cells) + " |")
            name = ""
    return "\n" + "\n".join(lines) + "\n\n"


def render_readme(text: str) -> str:
    """The README with every block as it is now."""

    def render(match: re.Match[str]) -> str:
        kind, block = match.groups()
        new = render_console(block) if kind == "console" else render_python(block)
        return f"```{kind}\n{new}```"

    with_blocks = BLOCK.sub(render, text)
    return SCORES.sub(lambda m: m[1] + render_scores() + m[2], with_blocks)


if __name__ == "__main__":
    README.write_text(render_readme(README.read_text(encoding="utf-8")), encoding="utf-8")
