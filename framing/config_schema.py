"""The JSON Schema of configs, with which an editor completes and checks them while they are typed.

It says what the dataclasses say of single keys. What holds between keys (a split file and a share,
a window and its context) only loading checks.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, get_args, get_origin

from framing.config import RunConfig, list_kinds
from framing.config_layers import BASE
from framing.config_values import Choice, Filled, Mark, Range, list_keys, split_hint

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}
_BASE_KEY = {
    "type": "string",
    "minLength": 1,
    "description": "Another config, relative to this file, which this one changes: sections are "
    "merged key by key, lists and single values replaced.",
}


def describe_schema() -> dict[str, Any]:
    """The schema of all kinds of config, as JSON Schema of draft 2020-12.

    A config with a `base` need not hold any key, since the base may.

    Returns:
        A JSON value. Numbers are numbers: an editor reads YAML 1.2, in which 1e-4 is one.

    Raises:
        TypeError: A field of a config has a type that no schema is known for, or two sections have
            classes of the same name.
    """
    kinds = list_kinds()
    model = {"description": _describe_keys(RunConfig).get("model"), "enum": list(kinds)}
    model["default"] = RunConfig.model
    sections: dict[type[Any], Any] = {}
    for kind in kinds.values():
        _add_kind(kind, model, sections)
    named = {kind.__name__: section for kind, section in sections.items()}
    if len(named) < len(sections):
        raise TypeError("two sections of configs have classes of the same name")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Training config of framing",
        "type": "object",
        "properties": {"model": _drop_none(model)},
        "allOf": _choose_kind(kinds),
        "$defs": named,
    }


def render_schema() -> str:
    """The schema as the text of a file, `configs/schema.json`."""
    return json.dumps(describe_schema(), ensure_ascii=False, indent=2) + "\n"


def _choose_kind(kinds: Mapping[str, type[RunConfig]]) -> list[dict[str, Any]]:
    """Which kind holds: what `model` says; without it the default, or any if there is a base."""
    has_base, has_model = {"required": [BASE]}, {"required": ["model"]}
    named = [
        {"if": {**has_model, "properties": {"model": {"const": name}}}, "then": _refer(kind)}
        for name, kind in kinds.items()
    ]
    neither = {"not": {"anyOf": [has_model, has_base]}}
    any_kind = {"anyOf": [_refer(kind) for kind in dict.fromkeys(kinds.values())]}
    return [
        *named,
        {"if": neither, "then": _refer(kinds[RunConfig.model])},
        {"if": {**has_base, "not": has_model}, "then": any_kind},
    ]


def _add_kind(kind: type[RunConfig], model: dict[str, Any], sections: dict[type[Any], Any]) -> None:
    _add_section(kind, sections)
    section = sections[kind]
    section["properties"] = {BASE: _BASE_KEY, **section["properties"], "model": _drop_none(model)}
    # With a base every key may be missing, those of sections too.
    section["if"] = {"not": {"required": [BASE]}}
    section["then"] = _require_keys(kind)


def _add_section(kind: type[Any], sections: dict[type[Any], Any]) -> None:
    """Describe a section, and those in it."""
    if kind in sections:
        return
    descriptions = _describe_keys(kind)
    properties: dict[str, Any] = {}
    sections[kind] = _drop_none(
        {
            "description": _fold(kind.__doc__) or None,
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
    )
    for name, key in list_keys(kind).items():
        if key.section is not None:
            _add_section(key.section, sections)
            described = _refer(key.section)
        else:
            described = _describe_hint(key.hint)
            if not key.required:
                described["default"] = key.default
        properties[name] = _drop_none({"description": descriptions.get(name), **described})


def _require_keys(kind: type[Any]) -> dict[str, Any]:
    """What a config without a base must hold, in sections too."""
    keys = list_keys(kind).values()
    wanted: dict[str, Any] = {"required": [key.name for key in keys if key.required]}
    inside = {key.name: _require_keys(key.section) for key in keys if key.section is not None}
    wanted["properties"] = {name: held for name, held in inside.items() if held}
    return {word: held for word, held in wanted.items() if held}


def _describe_hint(hint: Any) -> dict[str, Any]:
    bare, marks = split_hint(hint)
    if get_origin(bare) is list:
        (part,) = get_args(bare)
        described: dict[str, Any] = {"type": "array", "items": _describe_hint(part)}
    elif bare in _TYPES:
        described = {"type": _TYPES[bare]}
    else:
        raise TypeError(f"no schema is known for {bare}")
    for mark in marks:
        described |= _describe_mark(mark)
    return described


def _describe_mark(mark: Mark) -> dict[str, Any]:
    if isinstance(mark, Range):
        bounds = ("exclusiveMinimum", "exclusiveMaximum")
        low, high = bounds if mark.exclusive else ("minimum", "maximum")
        return _drop_none({low: mark.low, high: mark.high})
    if isinstance(mark, Choice):
        return {"enum": list(mark.values)}
    return {"minItems": 1} if isinstance(mark, Filled) else {}


def _describe_keys(kind: type[Any]) -> dict[str, str]:
    """The docstrings under the fields of a dataclass, inherited ones too."""
    found: dict[str, str] = {}
    for ancestor in reversed(kind.__mro__):
        if dataclasses.is_dataclass(ancestor):
            found |= _read_docstrings(ancestor)
    return found


def _read_docstrings(kind: type[Any]) -> dict[str, str]:
    """The docstrings that stand in a class's own source; none if the source is not there."""
    try:
        source = textwrap.dedent(inspect.getsource(kind))
    except (OSError, TypeError):
        return {}
    (definition,) = ast.parse(source).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    found = {}
    for statement, following in pairwise(body):
        match statement, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = _fold(text)
    return found


def _refer(kind: type[Any]) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _fold(text: str | None) -> str:
    return " ".join((text or "").split())


def _drop_none(described: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in described.items() if value is not None}
