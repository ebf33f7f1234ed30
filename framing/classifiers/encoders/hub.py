"""The Hugging Face Hub: one commit of an encoder, from the cache or fetched, safetensors only."""

from __future__ import annotations

import re
import socket
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from framing.classifiers.encoders.folder import SHARD_INDEX, check_config, read_object, read_shards
from framing.classifiers.encoders.registry import CONFIG, TOKENIZER, TOKENIZER_CONFIG, WEIGHTS
from framing.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

COMMIT = re.compile(r"[0-9a-f]{40}")
_OPTIONAL = (TOKENIZER_CONFIG, "special_tokens_map.json")
_PATIENCE = 3.0
"""Seconds to wait for the hub's first answer: its own client would try for half a minute."""


class HubUnavailableError(Exception):
    """The hub cannot give the encoder; the message says why, in a few words."""


def fetch_encoder(name: str, revision: str) -> Path:
    """Find a commit in the hub's cache, or fetch what is missing of it.

    Only the config, the tokenizer and weights in safetensors are asked for, by name.

    Args:
        name: `owner/name`.
        revision: The full commit.

    Returns:
        The folder of that commit in the cache.

    Raises:
        HubUnavailableError: It is not cached, and the hub is off, unreachable or does not have it.
        ModelError: The config asks for code of its own, or the index of weights is damaged.
    """
    if folder := find_cached(name, revision):
        return folder
    _require_reachable()
    return _collect(lambda file: _download(name, revision, file))


def find_cached(name: str, revision: str) -> Path | None:
    """Folder of a commit in the hub's cache if it is all there; the network is not touched.

    Raises:
        ModelError: Its config is damaged or asks for code of its own.
    """
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None

    def look_up(file: str) -> Path | None:
        found = try_to_load_from_cache(name, file, revision=revision)
        return Path(found) if isinstance(found, str) else None

    try:
        return _collect(look_up)
    except HubUnavailableError:
        return None


def _collect(get: Callable[[str], Path | None]) -> Path:
    """Get the files of an encoder one by one, the small ones that can rule it out first."""
    config = get(CONFIG)
    if config is None:
        raise HubUnavailableError(f"it has no {CONFIG} there")
    try:
        check_config(read_object(config))
    except ModelError as error:
        raise ModelError(error.problem, path=config, hint=error.hint) from None
    if get(TOKENIZER) is None:
        raise HubUnavailableError(f"it has no {TOKENIZER} there")
    for file in _OPTIONAL:
        get(file)
    if get(WEIGHTS) is None:
        index = get(SHARD_INDEX)
        shards = read_shards(index) if index else []
        if not shards or any(get(shard) is None for shard in shards):
            raise HubUnavailableError(f"it has no {WEIGHTS} there, and nothing else is loaded")
    return config.parent


def _download(name: str, revision: str, file: str) -> Path | None:
    """Path of a file in the cache, fetched if need be; None if the commit does not have it."""
    from huggingface_hub import errors, hf_hub_download

    try:
        return Path(hf_hub_download(name, file, revision=revision, etag_timeout=10))
    except errors.LocalEntryNotFoundError as error:
        raise HubUnavailableError("the hub cannot be reached") from error
    except errors.EntryNotFoundError:
        return None
    except errors.GatedRepoError as error:
        raise HubUnavailableError("the hub gives it only to whom its owner allows") from error
    except errors.RevisionNotFoundError as error:
        raise HubUnavailableError(f"the hub has no commit {revision} of it") from error
    except errors.RepositoryNotFoundError as error:
        raise HubUnavailableError("the hub does not have it") from error
    except OSError as error:
        # All else that the client raises: refused, cut off, disk full, a file of another length.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise HubUnavailableError(f"fetching {file} failed ({reason})") from error


def _require_reachable() -> None:
    try:
        from huggingface_hub import constants
    except ImportError as error:
        raise HubUnavailableError("huggingface_hub is not installed") from error
    if constants.HF_HUB_OFFLINE:
        raise HubUnavailableError("HF_HUB_OFFLINE is set, and it is not in the hub's cache")
    address = urlsplit(constants.ENDPOINT)
    if address.scheme in urllib.request.getproxies() or address.hostname is None:
        return  # a proxy may reach what we cannot
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname, port), timeout=_PATIENCE).close()
    except OSError as error:
        raise HubUnavailableError("the hub cannot be reached") from error
