"""The codebook as data: frames, speakers and rules, and the label order every matrix follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.errors import CodebookError
from framing.files import Located, digest_json, load_yaml, refuse_unknown_keys, resource_root

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TOP_KEYS = (
    "name", "title", "version", "languages", "unit", "labels", "frames", "rules", "no_frame",
    "speaker_rule", "default_speaker", "speakers",
)  # fmt: skip
_FRAME_KEYS = ("id", "name", "short", "definition", "covers", "does_not_cover", "examples")
_SPEAKER_KEYS = ("id", "name", "definition")


@dataclass(frozen=True)
class Example:
    """A sentence written to show a frame."""

    language: str
    text: str


@dataclass(frozen=True)
class Frame:
    """One lens through which a sentence makes the dispute intelligible."""

    id: str
    names: Mapping[str, str]
    """Display name by language; always has `en`."""
    definition: str
    short: str = ""
    """Heading for a narrow table column; the English name if none is given."""
    covers: tuple[str, ...] = ()
    does_not_cover: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Speaker:
    """One kind of voice a sentence can be attributed to."""

    id: str
    names: Mapping[str, str]
    definition: str = ""


@dataclass(frozen=True)
class Codebook:
    """Frames and speakers in their fixed order, with the rules coders follow."""

    name: str
    version: str
    frames: tuple[Frame, ...]
    speakers: tuple[Speaker, ...] = ()
    default_speaker: str | None = None
    title: str = ""
    languages: tuple[str, ...] = ("en",)
    unit: str = ""
    labels: str = ""
    rules: tuple[str, ...] = ()
    no_frame: str = ""
    speaker_rule: str = ""

    @classmethod
    def load(cls, path: str | Path | None = None) -> Codebook:
        """Load and check a codebook file; without a path, the one this package ships.

        Raises:
            CodebookError: The file is missing or breaks a rule; the message names the line.
        """
        path = resource_root() / "annotations" / "codebook.yaml" if path is None else Path(path)
        return _Builder(path).build(load_yaml(path, CodebookError))

    @cached_property
    def digest(self) -> str:
        """Digest of what coders obey: version, frames, speakers, rules; names and examples aside.

        A corrected display name or example leaves models valid; a changed rule does not.
        """
        return digest_json(
            {
                "name": self.name,
                "version": self.version,
                "frames": [
                    [f.id, f.definition, list(f.covers), list(f.does_not_cover)]
                    for f in self.frames
                ],
                "speakers": [[s.id, s.definition] for s in self.speakers],
                "rules": [self.unit, self.labels, *self.rules, self.no_frame, self.speaker_rule],
            }
        )

    @cached_property
    def frame_ids(self) -> tuple[str, ...]:
        """Frame ids in column order."""
        return tuple(frame.id for frame in self.frames)

    @cached_property
    def speaker_ids(self) -> tuple[str, ...]:
        """Speaker ids in column order."""
        return tuple(speaker.id for speaker in self.speakers)

    def encode(self, labels: Iterable[Iterable[str]]) -> NDArray[np.bool_]:
        """Turn frame ids of each unit into columns.

        Returns:
            Bool array (n_units, n_frames); a unit with no frame is an all-False row.

        Raises:
            CodebookError: A label is not in this codebook; the nearest one is offered.
        """
        import numpy as np

        rows = [tuple(unit) for unit in labels]
        encoded = np.zeros((len(rows), len(self.frames)), dtype=bool)
        column = {frame_id: index for index, frame_id in enumerate(self.frame_ids)}
        for row, unit in enumerate(rows):
            for label in unit:
                if label not in column:
                    raise unknown_label("frame", label, self.frame_ids, row=row + 1)
                encoded[row, column[label]] = True
        return encoded

    def decode(self, encoded: NDArray[np.bool_]) -> list[tuple[str, ...]]:
        """Turn columns back into frame ids, in column order.

        Args:
            encoded: Bool array (n_units, n_frames).

        Raises:
            CodebookError: The number of columns is not the number of frames.
        """
        if encoded.ndim != 2 or encoded.shape[1] != len(self.frames):
            raise CodebookError(
                f"an array of shape {encoded.shape} does not fit {len(self.frames)} frames"
            )
        ids = self.frame_ids
        return [tuple(ids[k] for k in row.nonzero()[0]) for row in encoded]

    def require_digest(self, digest: str, *, path: str | Path, what: str) -> None:
        """Refuse something made with another codebook.

        Raises:
            CodebookError: The digest is not this codebook's.
        """
        if digest != self.digest:
            raise CodebookError(
                f"{what} was made with codebook {digest}, not with {self.name} {self.version} "
                f"({self.digest})",
                path=path,
                hint="give the codebook it was made with (--codebook FILE), or train it again",
            )


def unknown_label(
    kind: str, label: object, known: Sequence[str], *, path: Any = None, row: int | None = None
) -> CodebookError:
    """The error for a label the codebook lacks, with the nearest one it has."""
    near = get_close_matches(str(label), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return CodebookError(f"{kind} {label!r} is not in the codebook", path=path, row=row, hint=hint)


class _Builder:
    """Checks a loaded codebook file key by key, so that every error names its line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def build(self, data: Located) -> Codebook:
        self.refuse_unknown(data, _TOP_KEYS)
        languages = self.strings(data, "languages") or ("en",)
        frames = tuple(self.frame(item, languages) for item in self.mappings(data, "frames"))
        if not frames:
            raise self.error("`frames` must list at least one frame", data.lines.get("frames", 1))
        speakers = tuple(self.speaker(item) for item in self.mappings(data, "speakers"))
        for kind, key, found in (("frame", "frames", frames), ("speaker", "speakers", speakers)):
            self.refuse_repeated(kind, [entry.id for entry in found], data.lines.get(key, 1))
        default = self.string(data, "default_speaker") if "default_speaker" in data else None
        if default is not None and default not in [speaker.id for speaker in speakers]:
            line = data.lines["default_speaker"]
            raise self.error(f"default_speaker {default!r} is not among the speakers", line)
        return Codebook(
            name=self.string(data, "name"),
            version=self.string(data, "version"),
            frames=frames,
            speakers=speakers,
            default_speaker=default,
            title=self.string(data, "title", ""),
            languages=languages,
            unit=self.string(data, "unit", ""),
            labels=self.string(data, "labels", ""),
            rules=self.strings(data, "rules"),
            no_frame=self.string(data, "no_frame", ""),
            speaker_rule=self.string(data, "speaker_rule", ""),
        )

    def frame(self, item: Located, languages: tuple[str, ...]) -> Frame:
        self.refuse_unknown(item, _FRAME_KEYS)
        names = self.names(item)
        return Frame(
            id=self.identifier(item),
            names=names,
            definition=self.string(item, "definition"),
            short=self.string(item, "short", names["en"]),
            covers=self.strings(item, "covers"),
            does_not_cover=self.strings(item, "does_not_cover"),
            examples=tuple(
                self.example(entry, languages) for entry in self.mappings(item, "examples")
            ),
        )

    def speaker(self, item: Located) -> Speaker:
        self.refuse_unknown(item, _SPEAKER_KEYS)
        return Speaker(
            id=self.identifier(item),
            names=self.names(item),
            definition=self.string(item, "definition", ""),
        )

    def example(self, item: Located, languages: tuple[str, ...]) -> Example:
        self.refuse_unknown(item, ("language", "text"))
        language = self.string(item, "language")
        if language not in languages:
            raise self.error(
                f"example in {language!r}, a language the codebook does not list",
                item.lines["language"],
                f"listed: {', '.join(languages)}",
            )
        return Example(language, self.string(item, "text"))

    def identifier(self, item: Located) -> str:
        value = self.string(item, "id")
        if not value.isidentifier():
            raise self.error(
                f"id {value!r} must be letters, digits and underscores", item.lines["id"]
            )
        return value

    def names(self, item: Located) -> dict[str, str]:
        value = item.get("name")
        if isinstance(value, str) and value.strip():
            return {"en": value}
        if isinstance(value, dict) and all(isinstance(v, str) for v in value.values()):
            if "en" in value:
                return dict(value)
            raise self.error("`name` needs at least `en`", item.lines["name"])
        line = item.lines.get("name", item.line)
        raise self.error("`name` must be a text, or a text for each language", line)

    def string(self, item: Located, key: str, default: str | None = None) -> str:
        if key not in item:
            if default is not None:
                return default
            raise self.error(f"key `{key}` is missing", item.line)
        value = item[key]
        if not isinstance(value, str) or not value.strip():
            hint = 'put it in quotes, as in version: "1.2"' if value not in ("", None) else None
            raise self.error(f"`{key}` must be a text, not {value!r}", item.lines[key], hint)
        return value.strip()

    def strings(self, item: Located, key: str) -> tuple[str, ...]:
        value = item.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.error(f"`{key}` must be a list of texts", item.lines[key])
        return tuple(v.strip() for v in value)

    def mappings(self, item: Located, key: str) -> list[Located]:
        value = item.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, Located) for v in value):
            raise self.error(f"`{key}` must be a list of entries with keys", item.lines[key])
        return value

    def refuse_unknown(self, item: Located, known: Sequence[str]) -> None:
        refuse_unknown_keys(item, known, CodebookError, self.path)

    def refuse_repeated(self, kind: str, ids: Sequence[str], line: int) -> None:
        for index, identifier in enumerate(ids):
            if identifier in ids[:index]:
                raise self.error(f"{kind} id {identifier!r} stands twice", line)

    def error(self, problem: str, line: int, hint: str | None = None) -> CodebookError:
        return CodebookError(problem, path=self.path, row=line, hint=hint)
