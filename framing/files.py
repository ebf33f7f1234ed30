"""Files: shipped resources found, outputs written whole or not at all, digests, YAML with lines."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import IO, Any

import yaml

from framing.errors import FramingError, OutputError
from framing.reading import read_text

try:  # libyaml parses an order of magnitude faster; PyYAML without it still works
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # pragma: no cover - depends on how PyYAML was built
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

_PACKAGE = Path(__file__).resolve().parent
_DEEPEST = 50
"""Levels of nesting in a YAML file: no config has ten, and a parser may crash at thousands."""


@cache
def resource_root() -> Path:
    """Folder that holds `annotations/` and `models/`: inside the wheel, or the checkout."""
    packaged = _PACKAGE / "data"
    return packaged if (packaged / "annotations").is_dir() else _PACKAGE.parent


def digest_bytes(data: bytes) -> str:
    """First 16 hex digits of the SHA-256 of some bytes."""
    return hashlib.sha256(data).hexdigest()[:16]


def digest_json(value: Any) -> str:
    """Digest of a JSON value, independent of key order and layout."""
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return digest_bytes(canonical.encode("utf-8"))


@contextmanager
def open_output(path: str | Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """Open a file for writing that appears under its name only when it is complete.

    Raises:
        OutputError: The folder does not exist or cannot be written to.
    """
    # A link's target is replaced, never the link.
    target = Path(path).resolve()
    if target.is_dir():
        raise OutputError("is a folder", path=target, hint="give a file name inside it")
    if target.exists() and not target.is_file():
        # A device or a pipe is written to; to rename a file over it would take it away.
        with target.open("wb" if binary else "w", encoding=None if binary else "utf-8") as device:
            yield device
        return
    if target.exists() and not os.access(target, os.W_OK):
        raise OutputError("is write-protected", path=target, hint="choose another name")
    # The temporary name sits beside the target: a rename is atomic within one file system only.
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        stream: IO[Any] = (
            temporary.open("xb") if binary else temporary.open("x", encoding="utf-8", newline="\n")
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"cannot be written ({reason})", path=target, hint="choose a folder that exists"
        ) from error
    try:
        with stream:
            yield stream
        if target.exists():
            temporary.chmod(target.stat().st_mode)
        temporary.replace(target)
    except OSError as error:
        raise OutputError(
            f"writing failed ({error.strerror or error})", path=target, hint="check the free space"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def refuse_overwriting(output: str | Path | None, inputs: Iterable[str | Path]) -> None:
    """Refuse an output that is one of the inputs, or would lie in an input folder.

    Raises:
        OutputError: It would be replaced, or read as input the next time.
    """
    if output is None or Path(output).is_dir():
        return  # who opens it says that it is a folder, or takes one
    for path in map(Path, inputs):
        if path.is_dir() and path.resolve() in Path(output).resolve().parents:
            raise OutputError(
                "stands in a folder that is read: it would be an input the next time",
                path=output,
                hint="write to another folder",
            )
        if path.exists() and Path(output).exists() and path.samefile(output):
            raise OutputError("is an input too", path=output, hint="give another name")


def require_ending(path: str | Path, endings: Sequence[str]) -> str:
    """Tell the format of an output by its ending.

    Args:
        path: The output.
        endings: Endings that can be written, each with its dot.

    Returns:
        The ending, in small letters.

    Raises:
        OutputError: It is none of them.
    """
    ending = Path(path).suffix.lower()
    if ending not in endings:
        raise OutputError(
            f"cannot tell the format from {Path(path).suffix or 'a name without ending'!r}",
            path=path,
            hint=f"end the name in one of: {', '.join(endings)}",
        )
    return ending


def check_yaml(text: str, *, allows_tags: bool = False) -> None:
    """Refuse YAML that a small file could make large or deep, and tags, which nothing here needs.

    Args:
        text: The YAML.
        allows_tags: Let tags pass: what reads the text knows what to do with them.

    Raises:
        yaml.YAMLError: It has aliases, tags or very many levels, or is not YAML.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not read")
        if not allows_tags and getattr(event, "tag", None) not in (None, "!"):
            raise yaml.YAMLError("tags (!name) are not read")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.YAMLError(f"more than {_DEEPEST} levels deep")


def write_json(path: str | Path, value: Any) -> None:
    """Write a JSON file, indented, non-ASCII as it is, with a final line end."""
    with open_output(path) as stream:
        json.dump(value, stream, ensure_ascii=False, indent=2)
        stream.write("\n")


class Located(dict[str, Any]):
    """A YAML mapping that remembers the line of each of its keys, counted from 1."""

    lines: Mapping[str, int]
    line: int


def refuse_unknown_keys(
    item: Located, known: Sequence[str], error: type[FramingError], path: str | Path
) -> None:
    """Refuse a mapping with a key that is not known; the nearest known one is offered.

    Args:
        item: The mapping.
        known: Its possible keys.
        error: What is raised.
        path: The file it was read from.

    Raises:
        FramingError: As `error` says; names the first such key and its line.
    """
    for key in item:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"
            raise error(f"unknown key `{key}`", path=path, row=item.lines[key], hint=hint)


class _LocatingLoader(_SafeLoader):
    """Safe loader whose mappings are `Located` and whose repeated keys are an error."""


def _construct_located(loader: Any, node: yaml.MappingNode) -> Located:
    result = Located()
    result.line = node.start_mark.line + 1
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            key = str(key)
        if key in lines:
            raise yaml.constructor.ConstructorError(
                None, None, f"key {key!r} stands twice", key_node.start_mark
            )
        lines[key] = key_node.start_mark.line + 1
        result[key] = loader.construct_object(value_node, deep=True)
    result.lines = lines
    return result


_LocatingLoader.add_constructor("tag:yaml.org,2002:map", _construct_located)


def load_yaml(path: str | Path, error: type[FramingError]) -> Located:
    """Load a YAML file whose top level is a mapping, lines kept, nothing executed.

    Args:
        path: The file.
        error: Kind of error to raise.

    Raises:
        FramingError: Of the kind given: the file is missing, empty, not UTF-8, not YAML, or not a
            mapping.
    """
    text = read_text(path, error=error, hint="write keys and values into it")
    try:
        check_yaml(text)
        loader = _LocatingLoader(text)
        try:
            value = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        raise error(
            f"is not valid YAML ({problem.problem})",
            path=path,
            row=mark.line + 1 if mark else None,
            hint="check indentation and quotes there",
        ) from problem
    except (yaml.YAMLError, ValueError) as problem:
        # ValueError: a date such as 2019-99-99
        raise error(f"is not valid YAML ({problem})", path=path) from problem
    if not isinstance(value, Located):
        raise error("must hold keys and values at its top level", path=path, row=1)
    return value
