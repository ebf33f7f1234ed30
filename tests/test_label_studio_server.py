"""A real Label Studio: tasks go in, two people annotate, and the export is the codes again.

Runs where LABEL_STUDIO names the program (make label-studio). LABEL_STUDIO_RECORD=1 writes the
log of the run to experiments/exchange/ and what the server exported to tests/data/exchange/.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from framing.articles.article import Article
from framing.articles.reading import read_articles
from framing.codebook import Codebook
from framing.coding.codes import Code, read_codes
from framing.coding.exchange.label_studio import read_label_studio, write_label_studio
from framing.coding.exchange.labelling_config import make_labelling_config
from framing.coding.exchange.labels import NO_FRAME
from framing.coding.exchange.predictions import Prediction
from framing.coding.exchange.tasks import make_tasks
from tests.conftest import ROOT

PROGRAM = os.environ.get("LABEL_STUDIO")
RECORD = os.environ.get("LABEL_STUDIO_RECORD") == "1"
DATA = ROOT / "tests" / "data" / "exchange"
LOG = ROOT / "experiments" / "exchange" / "label_studio_round_trip.txt"
OWNER, HELPER = "owner@example.invalid", "third.coder@example.invalid"
PASSWORD = "only-for-this-test-1"
STARTS_WITHIN = 300

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PROGRAM, reason="needs LABEL_STUDIO, the program (make label-studio)"),
]


class User:
    """Somebody in a browser: cookies, and the token that every form and call must repeat."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )

    def open(self, path: str, data: bytes | None = None, kind: str = "application/json") -> bytes:
        token = next((c.value for c in self.cookies if c.name == "csrftoken"), None)
        headers = {"Content-Type": kind, "X-CSRFToken": token or "", "Referer": self.base}
        request = urllib.request.Request(self.base + path, data, headers)
        try:
            with self.opener.open(request, timeout=60) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            body = error.read()[:2000]
            raise AssertionError(f"{path}: {error.code} {body!r}") from error

    def get(self, path: str) -> Any:
        return json.loads(self.open(path))

    def post(self, path: str, value: Any) -> Any:
        answer = self.open(path, json.dumps(value).encode())
        return json.loads(answer) if answer else None

    def fill_in(self, page: str, **fields: str) -> None:
        self.open(page)
        token = next(c.value for c in self.cookies if c.name == "csrftoken")
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        self.open(page, form, "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("label-studio")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = {
        **{key: value for key, value in os.environ.items() if "proxy" not in key.lower()},
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "HOME": str(folder),
        "COLLECT_ANALYTICS": "0",
        "LATEST_VERSION_CHECK": "0",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }
    command = [
        str(PROGRAM), "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port),
        "--username", OWNER, "--password", PASSWORD,
    ]  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        try:
            wait_for(base, process, folder / "server.log")
            yield base
        finally:
            process.terminate()
            process.wait(30)


def wait_for(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        try:
            User(base).get("/health")
        except (OSError, AssertionError, ValueError):
            time.sleep(1)
        else:
            return
    pytest.fail(f"no answer within {STARTS_WITHIN} s")


@pytest.fixture(scope="module")
def owner(server: str) -> User:
    user = User(server)
    user.fill_in("/user/login/", email=OWNER, password=PASSWORD)
    return user


@pytest.fixture(scope="module")
def helper(owner: User) -> User:
    """A second user, who signs up as people do."""
    user = User(owner.base)
    user.fill_in("/user/signup/", email=HELPER, password=PASSWORD)
    return user


@pytest.fixture(scope="module")
def codebook() -> Codebook:
    return Codebook.load(DATA / "codebook.yaml")


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return list(read_articles([DATA / "harbour.txt", DATA / "harbour-ko.txt"]))


def test_config_of_the_shipped_codebook_is_accepted(owner: User):
    config = make_labelling_config(Codebook.load())
    made = owner.post("/api/projects/", {"title": "shipped", "label_config": config})
    parsed = made["parsed_label_config"]
    assert parsed["frames"]["labels"][-1] == NO_FRAME
    assert parsed["speaker"]["labels"][-1] == "narrator"


def test_codes_come_back_from_a_real_server(
    owner: User, helper: User, codebook: Codebook, articles: list[Article], tmp_path: Path
):
    codes = read_codes(DATA / "codes.jsonl", codebook)
    log = Log()
    version = owner.get("/api/version")["release"]
    log.say(f"Label Studio {version}, codebook {codebook.name} {codebook.version}")
    predictions = {
        (code.article, code.start, code.end): Prediction("made-up", code.frames, code.speaker, 0.75)
        for code in codes
    }
    tasks = make_tasks(articles, codes, predictions=predictions).tasks
    with (tmp_path / "tasks.json").open("w", encoding="utf-8", newline="") as stream:
        write_label_studio(stream, tasks, codebook)
    sent = json.loads((tmp_path / "tasks.json").read_text("utf-8"))
    log.say(f"exported {len(sent)} tasks, {len(codes)} codes of first and second, "
            f"{len(predictions)} predictions")  # fmt: skip

    config = make_labelling_config(codebook)
    project = owner.post("/api/projects/", {"title": "harbour", "label_config": config})["id"]
    log.say("POST /api/projects/: labelling config accepted")
    taken = owner.post(f"/api/projects/{project}/import?return_task_ids=true", sent)
    counts = {key: taken[f"{key}_count"] for key in ("task", "annotation", "prediction")}
    log.say(f"POST /api/projects/N/import: {counts}")
    assert counts == {"task": len(sent), "annotation": len(codes), "prediction": len(predictions)}

    added = annotate(helper, taken["task_ids"], sent, log)
    for kind, name in (("JSON", "label_studio.json"), ("JSON_MIN", "label_studio_min.json")):
        query = f"exportType={kind}&download_all_tasks=true"
        exported = owner.open(f"/api/projects/{project}/export?{query}")
        path = DATA / name if RECORD else tmp_path / name
        path.write_bytes(tidy(exported) if RECORD else exported)
        returned = read_label_studio(path, articles, codebook)
        log.say(f"GET /api/projects/N/export {kind}: {len(json.loads(exported))} rows")
        log.say(f"imported {len(returned.codes)} codes, left out {dict(returned.left_out)}")
        third = {code.coder for code in returned.codes} - {"first", "second"}
        (name_of_third,) = third
        expected = [*codes, *(replace(code, coder=name_of_third) for code in added)]
        assert list(returned.codes) == sort(expected)
        skipped = {"skipped": 1} if kind == "JSON" else {}
        assert returned.left_out == {
            "not annotated": 1,
            "submitted without an answer": 1,
            **skipped,
        }
        log.say("equal to the codes that went out, and to what the second user gave")
    if RECORD:
        log.write()


def annotate(helper: User, ids: list[int], sent: list[Any], log: Log) -> list[Code]:
    """As a second user: no frame on one task, frame, doubt and note on one, and skip one.

    One is submitted without an answer, which the screen lets nobody do, but other programs may.
    """
    places = [(task["data"]["article"], task["data"]["unit"]) for task in sent]

    def answer(place: tuple[str, int], result: list[Any], **more: Any) -> Code:
        index = places.index(place)
        data = sent[index]["data"]
        helper.post(f"/api/tasks/{ids[index]}/annotations/", {"result": result, **more})
        fields = {key: data[key] for key in ("article", "unit", "start", "end")}
        return Code(**fields, sha1=data["sha1"].removeprefix("sha1:"), frames=())

    def choose(name: str, *choices: str) -> dict[str, Any]:
        value = {"choices": list(choices)}
        return {"from_name": name, "to_name": "text", "type": "choices", "value": value}

    text = {"from_name": "note", "to_name": "text", "type": "textarea"}
    none = answer(("harbour.txt", 0), [choose("frames", NO_FRAME), choose("speaker", "narrator")])
    full = answer(
        ("harbour.txt", 5),
        [choose("frames", "safety", "money"), choose("unsure", "unsure"),
         {**text, "value": {"text": ["=a note", "on two lines 🚢"]}}],
    )  # fmt: skip
    answer(("harbour.txt", 1), [])
    answer(("harbour.txt", 2), [], was_cancelled=True)
    log.say("second user: four annotations, one of them skipped, one submitted without an answer")
    return [
        replace(none, speaker="narrator"),
        replace(full, frames=("money", "safety"), unsure=True, note="=a note\non two lines 🚢"),
    ]


def sort(codes: list[Code]) -> list[Code]:
    return sorted(codes, key=lambda code: (code.coder, code.article, code.start))


def tidy(exported: bytes) -> bytes:
    """What the server exported, each time of day the same one: a new run changes no line."""
    text = json.dumps(json.loads(exported), ensure_ascii=False, indent=1)
    text = re.sub(r'"20\d\d-\d\d-\d\dT[\d:.]+Z"', '"2019-07-04T09:00:00.000000Z"', text)
    text = re.sub(r'"unique_id": "[0-9a-f-]+"', '"unique_id": "00000000-0000"', text)
    return (text + "\n").encode()


class Log:
    def __init__(self) -> None:
        self.lines = ["Written by: make label-studio", ""]

    def say(self, line: str) -> None:
        self.lines.append(line)

    def write(self) -> None:
        LOG.parent.mkdir(exist_ok=True)
        LOG.write_text("\n".join(self.lines) + "\n", encoding="utf-8")
