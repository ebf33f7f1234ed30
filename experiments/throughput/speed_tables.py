"""Tables of speed and memory, from the file that holds the figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framing.markdown import render_table

NAMES = {
    "pipeline_1": "pipeline, a sentence at a time",
    "pipeline_32": "pipeline, batches of 32",
    "pipeline_context_1": "pipeline, sentences before in front, one at a time",
    "pipeline_context_32": "pipeline, sentences before in front, batches of 32",
    "transformer": "the transformer, our path",
    "baseline": "the baseline, our path",
}
RATIOS = (
    ("transformer", "pipeline_1"),
    ("transformer", "pipeline_32"),
    ("transformer", "pipeline_context_1"),
    ("transformer", "pipeline_context_32"),
    ("baseline", "transformer"),
)


def describe_speed(result: dict[str, Any]) -> str:
    """Tables of speed and memory, from `transformer.json`."""
    parts, machine = result["parts"], result["machine"]
    speed = {name: of["sentences_per_second"] for name, of in parts.items()}
    abilities = ", ".join(machine["abilities"] or ["not known"])
    operations = result["operations"]
    blocks = [
        f"{result['sentences']:,} sentences of {result['passages']} authored articles in three "
        f"languages, {machine['threads']} thread(s), {machine['processor']} ({abilities}), "
        f"{'load not known' if machine['load'] is None else format(machine['load'], '.1f')} "
        "programs running at the start. Of a sentence alone the pipeline reads "
        f"{operations['tokens_alone']:.0f} tokens; our path reads {operations['tokens']:.0f} for "
        "it, the sentences before a window included.",
        _tabulate_parts(parts, speed, result["sentences"]),
    ]
    other = result.get("without_amx")
    if other:
        rows = [
            [NAMES[name], f"{of['sentences_per_second']:.1f}"]
            for name, of in other["parts"].items()
        ]
        blocks += [
            "Without AMX, which oneDNN can be told and ONNX Runtime cannot:",
            render_table(["path", "sentences/s"], rows),
        ]
    return "\n\n".join([*blocks, _describe_starts(result), _describe_floor(result, speed)])


def _tabulate_parts(parts: Mapping[str, Any], speed: Mapping[str, float], count: int) -> str:
    heads = [
        "path", "sentences/s", "times the first", "processor ms a sentence", "peak MB",
        "MB once loaded",
    ]  # fmt: skip
    rows = [
        [
            NAMES[name],
            f"{speed[name]:.1f}",
            f"{speed[name] / speed['pipeline_1']:.1f}",
            f"{of['processor_seconds'] / count * 1e3:.2f}",
            _say_memory(of["peak_mb"]),
            _say_memory(of["loaded_mb"]),
        ]
        for name, of in parts.items()
    ]
    ratios = [
        f"{NAMES[left]} to {NAMES[right]}: {speed[left] / speed[right]:.2f}"
        for left, right in RATIOS
    ]
    return render_table(heads, rows) + "\n\nRatios of speed:\n\n- " + "\n- ".join(ratios)


def _say_memory(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _describe_starts(result: Mapping[str, Any]) -> str:
    sizes, starts = result["sizes"], result["starts"]
    inner = sizes["transformer"]["torch"]
    torch = f" ({inner / 1e6:.1f} MB as torch has it)" if inner else ""
    return (
        f"From the start of a process to the first score: transformer {starts['transformer']:.2f} "
        f"s, baseline {starts['baseline']:.2f} s. Sizes: transformer "
        f"{sizes['transformer']['folder'] / 1e6:.1f} MB{torch}, baseline "
        f"{sizes['baseline']['folder'] / 1e6:.1f} MB."
    )


def _describe_floor(result: Mapping[str, Any], speed: Mapping[str, float]) -> str:
    rates, operations, floor = result["rates"], result["operations"], result["floor"]
    rows = [[name.replace("_", " "), f"{rate:.0f}"] for name, rate in rates.items()]
    rows += [
        [f"{name.replace('_', ' ')}, without AMX", f"{rate:.0f}"]
        for name, rate in result.get("without_amx", {}).get("rates", {}).items()
    ]
    return (
        render_table(["matrix product", "10^9 operations/s"], rows)
        + f"\n\nA sentence takes {operations['linear'] / 1e6:.0f} million operations in linear "
        f"layers (8 bits) and {operations['attention'] / 1e6:.1f} million in attention (32 bits): "
        f"at the best rates {floor * 1e3:.2f} ms. Our path takes {1e3 / speed['transformer']:.2f} "
        f"ms, of which that floor is {floor * speed['transformer']:.0%}."
    )
