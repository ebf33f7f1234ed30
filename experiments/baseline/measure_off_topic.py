"""What a model gives to sentences that have nothing to do with the dispute.

    python experiments/baseline/measure_off_topic.py SENTENCES.jsonl [--model baseline]

Reads rows with `text` and `lang`, as sib200_enkoja/test.jsonl has them, each a text of its
own. True shares are near zero; prints, by language, the mean probability and the share labelled.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from framing import load_model


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sentences", type=Path)
    parser.add_argument("--model", default="baseline")
    options = parser.parse_args()
    lines = options.sentences.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    model = load_model(options.model)
    frames = model.codebook.frame_ids
    print(f"| language | sentences | {' | '.join(frames)} |\n|---|---|{'---|' * len(frames)}")
    for language in model.codebook.languages:
        texts = [row["text"] for row in rows if row["lang"].startswith(language)]
        scores = model.score_units(texts, range(len(texts)))
        mean, labelled = scores.probabilities.mean(axis=0), scores.decisions.mean(axis=0)
        cells = [f"{p:.3f} / {d:.3f}" for p, d in zip(mean, labelled, strict=True)]
        print(f"| {language} | {len(texts)} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
