"""Speed and memory of the transformer beside the usual way of running one, and beside the baseline.

    python experiments/throughput/measure_transformer.py [--sentences 5000] [--threads 1] \
        [--without-amx] [--write]

One run measures, on the same sentences of the authored corpus, in passages, and on as many threads:

- the text classification pipeline of transformers, in 32 bits, a sentence at a time and in batches
  of 32. It is given each sentence alone, less text than our path reads; and then with the sentences
  before it in front, as many as our path reads before a window. The network is a sequence
  classifier of the same body, with the weights of the model's `torch/` folder where that is there
  and random ones else: they do not change the time, and what it says means nothing;
- our path, `score_units` of the model's folder, 64 passages at a time, tokenising included;
- the baseline, likewise.

Each runs in a process of its own, so that its peak memory is its own. Then the time from the start
of a process to its first score (files in memory already, the median of several), sizes, and what
the machine multiplies at best in 32 and in 8 bits, from which follows the least time our path could
take. --without-amx measures the pipelines and torch's own rates a second time without AMX (oneDNN
is told so; ONNX Runtime cannot be told). Prints tables; --write keeps `transformer.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from experiments.throughput.machine_rates import describe_processor, measure_onnx, measure_torch
from experiments.throughput.speed_tables import NAMES, describe_speed
from framing.files import write_json
from framing.reading import read_json

ROOT = Path(__file__).resolve().parents[2]
RESULT = Path(__file__).with_name("transformer.json")
PASSAGES = 64
WARMING = 32
"""Sentences scored before the clock starts."""
STARTS = 5
NO_AMX = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_VNNI"}
START = """\
import sys
from framing import load_model
model = load_model(sys.argv[1])
model.score_units([sys.argv[2]], [0])
print("scored", flush=True)
"""
Sentences = dict[str, list[Any]]
"""`texts` and `passages`, an entry a sentence."""


def draw_sentences(count: int) -> Sentences:
    """Sentences of whole articles, languages mixed, articles in a fixed random order."""
    from framing import prepare_article, read_articles

    articles = list(read_articles([ROOT / "annotations" / "articles"]))
    random.Random(0).shuffle(articles)
    pairs = [
        (text, article.name) for article in articles for text in prepare_article(article).texts
    ]
    if len(pairs) < count:
        raise SystemExit(f"the corpus has {len(pairs)} sentences; ask for as many at most")
    texts, passages = zip(*pairs[:count], strict=True)
    return {"texts": list(texts), "passages": list(passages)}  # fmt: skip


def put_before(sentences: Sentences, before: int) -> list[str]:
    """Each sentence with as many of its passage in front as asked for, fewer at its beginning."""
    result = []
    for _, group in groupby(zip(*sentences.values(), strict=True), key=lambda pair: pair[1]):
        texts = [text for text, _ in group]
        result += [" ".join(texts[max(0, row - before) : row + 1]) for row in range(len(texts))]
    return result


def cut_chunks(sentences: Sentences) -> Iterator[tuple[list[str], list[str]]]:
    """Texts and passages of some passages at a time, as scoring takes them."""
    pairs = zip(*sentences.values(), strict=True)
    passages = [list(group) for _, group in groupby(pairs, key=lambda pair: pair[1])]
    for start in range(0, len(passages), PASSAGES):
        chunk = passages[start : start + PASSAGES]
        texts, names = zip(*(pair for of in chunk for pair in of), strict=True)
        yield list(texts), list(names)


# What runs in processes of its own


def time_work(work: Callable[[], int]) -> tuple[int, dict[str, float]]:
    """What some work gives; seconds it takes, and the processor's, all threads together."""
    start, busy = time.perf_counter(), time.process_time()
    result = work()
    times = {
        "seconds": time.perf_counter() - start,
        "processor_seconds": time.process_time() - busy,
    }
    return result, times


def run_pipeline(sentences: Sentences, folder: Path, batch: int, context: bool) -> dict[str, Any]:
    """Time transformers' pipeline."""
    import torch
    from transformers import pipeline

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    inputs = read_json(folder / "model.json")["inputs"]
    texts = put_before(sentences, inputs["before"]) if context else sentences["texts"]
    model, tokenizer, weights = build_classifier(folder)
    classify = pipeline(
        "text-classification", model=model, tokenizer=tokenizer, device="cpu", top_k=None,
        function_to_apply="sigmoid",
    )  # fmt: skip
    options = {"batch_size": batch, "truncation": True, "max_length": inputs["max_length"]}
    classify(texts[:WARMING], **options)
    loaded = read_memory("VmRSS")
    scored, times = time_work(lambda: len(classify(texts, **options)))
    if scored != len(texts):
        raise SystemExit(f"{scored} scores of {len(texts)} texts")
    return {**times, "loaded_mb": loaded, "weights": weights}


def build_classifier(folder: Path) -> tuple[Any, Any, str]:
    """A sequence classifier of a model's body, its tokenizer, and where the weights come from."""
    from safetensors.torch import load_file
    from transformers import (
        AutoConfig,
        AutoModelForSequenceClassification,
        PreTrainedTokenizerFast,
    )

    description = read_json(folder / "model.json")
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    tokenizer.pad_token = tokenizer.convert_ids_to_tokens(description["padding"])
    config = AutoConfig.from_pretrained(find_body(folder), local_files_only=True)
    config.num_labels, config.vocab_size = len(description["frames"]), len(tokenizer)
    config.pad_token_id = description["padding"]
    model = AutoModelForSequenceClassification.from_config(config).eval()
    file = folder / "torch" / "weights.safetensors"
    if not file.is_file():
        return model, tokenizer, "random"
    body = {
        name.replace("body", model.base_model_prefix, 1): values.float()
        for name, values in load_file(file).items()
        if name.startswith("body.")
    }
    strangers = model.load_state_dict(body, strict=False).unexpected_keys
    if strangers:
        raise SystemExit(f"{file}: no place for {', '.join(strangers)}")
    return model, tokenizer, "torch/"


def find_body(folder: Path) -> Path:
    """A folder whose config.json gives the shape of a model's body."""
    if (folder / "torch" / "config.json").is_file():
        return folder / "torch"
    from framing.classifiers.encoders.resolution import resolve_encoder

    return resolve_encoder(read_json(folder / "model.json")["encoder"]["name"], None).folder


def run_model(sentences: Sentences, folder: Path) -> dict[str, Any]:
    """Time a model's own path."""
    from framing import load_model

    model = load_model(folder)
    model.score_units(sentences["texts"][:WARMING], sentences["passages"][:WARMING])
    loaded = read_memory("VmRSS")
    scored, times = time_work(
        lambda: sum(len(model.score_units(*chunk)) for chunk in cut_chunks(sentences))
    )
    if scored != len(sentences["texts"]):
        raise SystemExit(f"{scored} scores of {len(sentences['texts'])} sentences")
    return {**times, "loaded_mb": loaded}


def count_operations(sentences: Sentences, folder: Path) -> dict[str, Any]:
    """Multiplications and additions a sentence takes on our path, and tokens on each.

    Linear layers (8 bits in the exported network) and attention (32 bits); embedding,
    normalisation and heads are left out, which makes the floor lower.
    """
    from framing import load_model
    from framing.classifiers.transformer.model import TransformerModel

    model = load_model(folder)
    if not isinstance(model, TransformerModel):
        raise SystemExit(f"{folder} holds no transformer")
    shape = read_json(find_body(folder) / "config.json")
    width, layers, inner = (
        shape[key] for key in ("hidden_size", "num_hidden_layers", "intermediate_size")
    )
    windows, _ = model.builder.build(sentences["texts"], sentences["passages"])
    alone, _ = model.builder.build(sentences["texts"], range(len(sentences["texts"])))
    lengths, count = [len(window.ids) for window in windows], len(sentences["texts"])
    tokens = sum(lengths)
    return {
        "width": width,
        "layers": layers,
        "inner": inner,
        "windows": len(windows),
        "tokens": tokens / count,
        "tokens_alone": sum(len(window.ids) for window in alone) / count,
        "linear": 2 * tokens * layers * (4 * width**2 + 2 * width * inner) / count,
        "attention": 4 * layers * width * sum(length**2 for length in lengths) / count,
    }


def read_memory(name: str) -> float | None:
    """Memory of this process in MB: `VmRSS` now, `VmHWM` at its peak; None where /proc is not.

    The peak that `getrusage` gives begins with that of the process that started this one.
    """
    path = Path("/proc/self/status")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), None)


def run_part(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """One measurement, in the process that was started for it."""
    sentences: Sentences = read_json(options.sentences_file)
    if name in ("torch", "onnx"):
        shape = read_json(find_body(options.model) / "config.json")
        measure = measure_torch if name == "torch" else measure_onnx
        return measure(shape["hidden_size"], shape["intermediate_size"], options.threads)
    if name == "operations":
        return count_operations(sentences, options.model)
    if name.startswith("pipeline"):
        batch = int(name.rpartition("_")[2])
        result = run_pipeline(sentences, options.model, batch, "context" in name)
    else:
        result = run_model(sentences, options.model if name == "transformer" else options.baseline)
    rate = len(sentences["texts"]) / result["seconds"]
    return {**result, "sentences_per_second": rate, "peak_mb": read_memory("VmHWM")}


# What starts them


def start_part(
    name: str, file: Path, options: argparse.Namespace, extra: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Measure in a new process, with further environment variables."""
    command = [
        sys.executable, __file__, "--part", name, "--sentences-file", str(file),
        "--model", str(options.model), "--baseline", str(options.baseline),
        "--threads", str(options.threads),
    ]  # fmt: skip
    print(f"{name} ...", file=sys.stderr, flush=True)
    done = subprocess.run(
        command, env=set_threads(options.threads) | dict(extra or {}), stdout=subprocess.PIPE,
        text=True, check=True,
    )  # fmt: skip
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def set_threads(threads: int) -> dict[str, str]:
    """The environment, with every library told how many threads to use."""
    libraries = ("OMP", "MKL", "OPENBLAS", "RAYON")
    counts = {f"{name}_NUM_THREADS": str(threads) for name in libraries}
    return {**os.environ, **counts, "FRAMING_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}


def time_start(folder: Path, text: str, threads: int) -> float:
    """Seconds from the start of a process to a model's first score: the median of several."""
    times = []
    for _ in range(STARTS + 1):
        start = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-c", START, str(folder), text], env=set_threads(threads),
            stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            line = process.stdout.readline() if process.stdout else ""
            times.append(time.perf_counter() - start)
        if line != "scored\n" or process.returncode:
            raise SystemExit(f"{folder} could not be started")
    # The first brings the files into memory.
    return statistics.median(times[1:])


def measure_size(folder: Path) -> dict[str, int]:
    """Bytes of a model's folder, and of the network as torch has it, if that lies in it."""
    whole = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    inner = sum(path.stat().st_size for path in folder.glob("torch/*"))
    return {"folder": whole, "torch": inner}


def find_floor(operations: Mapping[str, float], rates: Mapping[str, float]) -> float:
    """Least seconds a sentence can take: operations of each kind at the best rate measured."""
    whole = max(rates[name] for name in rates if name in ("onnx_int8", "torch_int8"))
    single = max(rates["onnx_float32"], rates["torch_float32"])
    return (operations["linear"] / whole + operations["attention"] / single) / 1e9


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Every figure, as `transformer.json` holds it."""
    folders = {"transformer": options.model, "baseline": options.baseline}
    sentences = draw_sentences(options.sentences)
    result: dict[str, Any] = {
        "machine": {
            **describe_processor(),
            "threads": options.threads,
            "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        },
        "packages": {name: version(name) for name in ("torch", "transformers", "onnxruntime")},
        "sentences": len(sentences["texts"]),
        "passages": len(set(sentences["passages"])),
        "sizes": {name: measure_size(folder) for name, folder in folders.items()},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "sentences.json"
        write_json(file, sentences)
        result["parts"] = {name: start_part(name, file, options) for name in NAMES}
        result["operations"] = start_part("operations", file, options)
        result["rates"] = {
            **start_part("torch", file, options),
            **start_part("onnx", file, options),
        }
        if options.without_amx:
            result["without_amx"] = {
                "parts": {
                    name: start_part(name, file, options, NO_AMX)
                    for name in NAMES
                    if name.startswith("pipeline")
                },
                "rates": start_part("torch", file, options, NO_AMX),
            }
    text = sentences["texts"][0]
    result["starts"] = {
        name: time_start(folder, text, options.threads) for name, folder in folders.items()
    }
    result["floor"] = find_floor(result["operations"], result["rates"])
    return result


def main() -> None:
    """Print the tables, and keep the figures if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "transformer")
    parser.add_argument("--baseline", type=Path, default=ROOT / "models" / "baseline")
    parser.add_argument("--sentences", type=int, default=5000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--without-amx", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--sentences-file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(run_part(options.part, options)))
        return
    result = measure(options)
    if options.write:
        write_json(RESULT, result)
    print(describe_speed(result))


if __name__ == "__main__":
    main()
