"""Label Studio: tasks with annotations and predictions, and its JSON and JSON-MIN exports."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from framing.articles.article import Article
from framing.codebook import Codebook, unknown_label
from framing.coding.codes import Code
from framing.coding.exchange.labelling_config import (
    ABOUT,
    CODER,
    FRAMES,
    NOTE,
    SPEAKER,
    TEXT,
    UNSURE,
    UNSURE_CHOICE,
)
from framing.coding.exchange.labels import (
    NO_FRAME,
    Judgement,
    check_speaker,
    make_judgement,
    place_error,
)
from framing.coding.exchange.predictions import Prediction
from framing.coding.exchange.returns import Gatherer, Returned, require_codes
from framing.coding.exchange.tasks import Task, describe_context, describe_unit
from framing.errors import FramingError, InputError, locate_errors
from framing.reading import read_json

_CHOICES = (FRAMES, SPEAKER, UNSURE)
_CONTROLS = (*_CHOICES, NOTE, CODER)
_NOT_OURS = "export the project as JSON or JSON-MIN, and give that file"


@dataclass(frozen=True, slots=True)
class _Answer:
    """One annotation, as given: texts by the name of their control."""

    where: str
    annotator: str | None
    values: Mapping[str, Sequence[str]]


def write_label_studio(stream: IO[str], tasks: Iterable[Task], codebook: Codebook) -> None:
    """Write tasks as Label Studio imports them: data, annotations, predictions.

    A server knows no annotator but its own users, and gives every imported annotation to whoever
    imports it; so each carries its coder as an answer of its own.

    Raises:
        CodebookError: A code names a speaker and the codebook has none.
    """
    made = [_make_task(task, codebook) for task in tasks]
    json.dump(made, stream, ensure_ascii=False, indent=1)
    stream.write("\n")


def read_label_studio(
    path: str | Path,
    articles: Iterable[Article],
    codebook: Codebook,
    *,
    coder: str | None = None,
) -> Returned:
    """Read codes from an export of Label Studio, JSON or JSON-MIN, or from a file of tasks.

    The coder is the one an annotation carries, else the e-mail address or the number of the user
    who completed it. Only the choice for none says that there is no frame: it is required, so an
    annotation with other answers but without it was coded on another screen and is refused. What
    was skipped, is a draft or has no answer at all is no code and is counted, as are tasks that
    nobody annotated.

    Args:
        path: The file.
        articles: The articles the tasks were made from.
        codebook: The codebook the codes must follow.
        coder: Name to give the one coder of the file.

    Raises:
        InputError: The file is no such export, a task does not fit its text, a coder coded a unit
            twice, or nobody coded anything.
        CodebookError: A label is not in the codebook, or the codebook is another.
    """
    path = Path(path)
    items = read_json(path)
    if not isinstance(items, list):
        raise InputError("is not a list of tasks", path=path, hint=_NOT_OURS)
    gatherer = Gatherer(articles, codebook)
    seen: dict[str, int] = {}
    for row, item in enumerate(items, start=1):
        data, answers = _read_item(item, gatherer.left_out, path, row)
        place = gatherer.find_unit(data, shown=[str(data.get(TEXT))], path=path, row=row)
        for answer in answers:
            if not any(answer.values.values()):
                gatherer.left_out["submitted without an answer"] += 1
                continue
            try:
                said = _judge(answer.values, codebook)
                name = _name_coder(answer, coder)
                seen.setdefault(name, row)
                if coder is not None and len(seen) > 1:
                    raise InputError(
                        f"the file has several coders ({', '.join(seen)}), all would be {coder!r}",
                        hint="leave --coder out",
                    )
            except FramingError as error:
                raise place_error(error, answer.where, path, row) from None
            gatherer.add(place, coder or name, said, where=answer.where, path=path, row=row)
    return require_codes(gatherer.finish(path), path)


def _make_task(task: Task, codebook: Codebook) -> dict[str, Any]:
    unit = task.unit
    facts = (unit.outlet, unit.country, unit.date)
    made: dict[str, Any] = {
        "data": {
            TEXT: unit.text,
            **describe_unit(unit, codebook),
            **describe_context(unit),
            ABOUT: " · ".join(fact for fact in facts if fact and fact != "unknown"),
        },
        "annotations": [_make_annotation(code, codebook) for code in task.codes],
    }
    if task.prediction is not None:
        made["predictions"] = [_make_prediction(task, task.prediction)]
    return made


def _make_annotation(code: Code, codebook: Codebook) -> dict[str, Any]:
    check_speaker(code, codebook)
    seed = f"{code.article} {code.start} {code.coder}"
    return {
        "result": [
            *_answer_choices(code.frames, code.speaker, seed),
            *([_choose(UNSURE, [UNSURE_CHOICE], seed)] if code.unsure else []),
            *([_write(NOTE, code.note, seed)] if code.note else []),
            _write(CODER, code.coder, seed),
        ],
        "was_cancelled": False,
        "ground_truth": False,
    }


def _make_prediction(task: Task, prediction: Prediction) -> dict[str, Any]:
    seed = f"{task.unit.article} {task.unit.start} {prediction.model}"
    return {
        "model_version": prediction.model,
        "score": prediction.score,
        "result": _answer_choices(prediction.frames, prediction.speaker, seed),
    }


def _answer_choices(frames: Sequence[str], speaker: str | None, seed: str) -> list[dict[str, Any]]:
    answers = [_choose(FRAMES, list(frames) or [NO_FRAME], seed)]
    return [*answers, _choose(SPEAKER, [speaker], seed)] if speaker is not None else answers


def _choose(name: str, choices: list[str], seed: str) -> dict[str, Any]:
    return _answer(name, "choices", {"choices": choices}, seed)


def _write(name: str, text: str, seed: str) -> dict[str, Any]:
    return _answer(name, "textarea", {"text": [text]}, seed)


def _answer(name: str, kind: str, value: dict[str, Any], seed: str) -> dict[str, Any]:
    digest = hashlib.sha1(f"{seed} {name}".encode()).hexdigest()[:10]
    return {"id": digest, "from_name": name, "to_name": TEXT, "type": kind, "value": value}


def _read_item(
    item: object, left_out: Counter[str], path: Path, row: int
) -> tuple[Mapping[str, Any], list[_Answer]]:
    """The fields of a task, and what was answered about it."""
    if not isinstance(item, dict):
        raise InputError("is not a task", path=path, row=row, hint=_NOT_OURS)
    with locate_errors(path, row):
        if isinstance(item.get("data"), dict):
            return item["data"], list(_read_annotations(item, left_out))
        if "annotation_id" in item:
            return item, list(_read_minimal(item, left_out))
        raise InputError(
            "is neither a task of a JSON export nor a row of a JSON-MIN export", hint=_NOT_OURS
        )


def _read_annotations(item: Mapping[str, Any], left_out: Counter[str]) -> Iterator[_Answer]:
    task = _name_task(item)
    annotations = item.get("annotations") or []
    if not isinstance(annotations, list):
        raise InputError(f"{task}: `annotations` is not a list", hint=_NOT_OURS)
    if item.get("drafts"):
        left_out["with a draft that was not submitted"] += 1
    elif not annotations:
        left_out["not annotated"] += 1
    for annotation in annotations:
        if not isinstance(annotation, dict):
            raise InputError(f"{task}: an annotation is not an object", hint=_NOT_OURS)
        if annotation.get("was_cancelled") or annotation.get("skipped"):
            left_out["skipped"] += 1
            continue
        number = annotation.get("id")
        where = task if number is None else f"{task}, annotation {number}"
        annotator = annotation.get("completed_by")
        yield _Answer(where, _read_user(annotator), _read_result(annotation.get("result"), where))


def _read_minimal(item: Mapping[str, Any], left_out: Counter[str]) -> Iterator[_Answer]:
    """A row of a JSON-MIN export: one annotation, its answers beside the fields of the task."""
    if item["annotation_id"] is None:
        left_out["not annotated"] += 1
        return
    where = f"{_name_task(item)}, annotation {item['annotation_id']}"
    values = {
        name: _flatten(item[name], "choices" if name in _CHOICES else "text", where)
        for name in _CONTROLS
        if item.get(name) is not None
    }
    yield _Answer(where, _read_user(item.get("annotator")), values)


def _name_task(item: Mapping[str, Any]) -> str:
    return f"task {item['id']}" if item.get("id") is not None else "task"


def _read_user(user: object) -> str | None:
    """Name of a user: the e-mail address of a dict, else the number, else the text."""
    if isinstance(user, dict):
        user = user.get("email") or user.get("id")
    if isinstance(user, str | int) and not isinstance(user, bool) and user != "":
        return str(user)
    return None


def _read_result(result: object, where: str) -> dict[str, list[str]]:
    if not isinstance(result, list):
        raise InputError(f"{where}: `result` is not a list", hint=_NOT_OURS)
    values: dict[str, list[str]] = {}
    for answer in result:
        name = answer.get("from_name") if isinstance(answer, dict) else None
        if name not in _CONTROLS:
            raise InputError(
                f"{where}: answers {name!r}, which this program did not ask",
                hint="use the labelling config of framing exchange export --config-output",
            )
        kind = "choices" if name in _CHOICES else "text"
        values.setdefault(name, []).extend(_flatten(answer.get("value"), kind, where))
    return values


def _flatten(value: object, kind: str, where: str) -> list[str]:
    """Texts of an answer, whether given as a text, as {kind: texts} or as a list of these."""
    texts: list[object] = []
    for part in value if isinstance(value, list) else [value]:
        inner = part.get(kind) if isinstance(part, dict) else part
        texts += inner if isinstance(inner, list) else [inner]
    found = [text for text in texts if isinstance(text, str)]
    if len(found) != len(texts):
        shown = str(value)[:60]
        raise InputError(f"{where}: an answer has the wrong type: {shown!r}", hint=_NOT_OURS)
    return found


def _judge(values: Mapping[str, Sequence[str]], codebook: Codebook) -> Judgement:
    doubts = set(values.get(UNSURE, ()))
    for label in sorted(doubts - {UNSURE_CHOICE}):
        raise unknown_label("choice", label, [UNSURE_CHOICE])
    said = make_judgement(
        values.get(FRAMES, ()),
        values.get(SPEAKER, ()),
        codebook,
        unsure=bool(doubts),
        note="\n".join(values.get(NOTE, ())),
    )
    if not values.get(FRAMES):
        # The screen made for the codebook lets nobody submit this: it does not mean "no frame".
        raise InputError(
            "has neither a frame nor the choice for none",
            hint="choose one there, or delete that annotation",
        )
    return said


def _name_coder(answer: _Answer, coder: str | None) -> str:
    given = "\n".join(answer.values.get(CODER, ())) or answer.annotator or coder
    if given is None:
        raise InputError("nobody is said to have completed it", hint="give --coder NAME")
    return given
