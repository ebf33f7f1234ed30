"""The split file: whole story clusters, balanced, kept as the corpus grows, edits noticed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from framing.articles.article import Article
from framing.codebook import Codebook
from framing.corpus.splitting import (
    SHARES,
    describe_balance,
    draw_split,
    find_split_problems,
    find_story_clusters,
    read_split,
    write_split,
)
from framing.dataset import Dataset
from framing.errors import InputError
from framing.splits import find_near_duplicates


def make_dataset(codebook: Codebook, n_articles: int = 60, *, seed: int = 0) -> Dataset:
    """Articles of different sizes and leanings in two languages; every tenth has a translation."""
    generator = np.random.default_rng(seed)
    words = generator.integers(0, 10**9, size=(n_articles, 40, 4))
    texts, frames, names, about = [], [], [], {}
    for number in range(n_articles):
        name = f"a{number:03}.md"
        pair = number // 10 if number % 10 < 2 else None
        about[name] = Article(
            text="",
            name=name,
            language="en" if number % 2 else "ko",
            parallel=f"p{pair}" if pair is not None else None,
        )
        leaning = generator.uniform(0.05, 0.5, size=2)
        for unit in range(int(generator.integers(5, 30))):
            texts.append(" ".join(map(str, words[number, unit])))
            frames.append(generator.random(2) < leaning)
            names.append(name)
    return Dataset(
        codebook=codebook,
        texts=tuple(texts),
        frames=np.array(frames),
        speakers=np.zeros(len(texts), dtype=np.int64),
        articles=tuple(names),
        passages=tuple(names),
        about=about,
    )


@pytest.mark.parametrize("seed", range(5))
def test_parts_have_their_size_and_the_frames_of_the_whole(small_codebook: Codebook, seed: int):
    dataset = make_dataset(small_codebook, seed=seed)
    rows = {row["part"]: row for row in describe_balance(draw_split(dataset), dataset)}
    overall = dataset.frames.mean(axis=0)
    english = (dataset.languages == "en").mean()
    for part, share in SHARES.items():
        row = rows[part]
        assert row["units"] / len(dataset) == pytest.approx(share, abs=0.02)
        assert row["units.en"] / row["units"] == pytest.approx(english, abs=0.05)
        for k, frame in enumerate(small_codebook.frame_ids):
            assert row[f"share.{frame}"] == pytest.approx(overall[k], abs=0.03)


def test_translations_stay_together(small_codebook: Codebook):
    dataset = make_dataset(small_codebook)
    split = draw_split(dataset)
    for number in range(0, 60, 10):
        assert split.parts[f"a{number:03}.md"] == split.parts[f"a{number + 1:03}.md"]
    assert find_split_problems(split, dataset) == []


def test_copies_stay_together_over_a_chain(small_codebook: Codebook, small_dataset: Dataset):
    texts = list(small_dataset.texts)
    # a0 repeats a unit of a1, and a1 one of a2
    texts[0] = texts[4] + "!"
    texts[5] = texts[8] + "!"
    chained = Dataset(**{**small_dataset.__dict__, "texts": tuple(texts)})
    clusters = find_story_clusters(chained)
    assert clusters == {
        "a0.txt": "a0.txt",
        "a1.txt": "a0.txt",
        "a2.txt": "a0.txt",
        "a3.txt": "a3.txt",
    }


def test_an_article_keeps_its_part_when_others_are_added(small_codebook: Codebook):
    dataset = make_dataset(small_codebook)
    few = dataset.select(sorted(dataset.about)[:40])
    first = draw_split(few)
    second = draw_split(dataset, keep=first.parts)
    assert {name: second.parts[name] for name in first.parts} == first.parts
    rows = {row["part"]: row for row in describe_balance(second, dataset)}
    assert rows["test"]["units"] / len(dataset) == pytest.approx(SHARES["test"], abs=0.03)


def test_drawing_twice_and_in_another_order_gives_the_same(small_codebook: Codebook):
    dataset = make_dataset(small_codebook)
    turned = Dataset(
        codebook=small_codebook,
        texts=dataset.texts[::-1],
        frames=dataset.frames[::-1],
        speakers=dataset.speakers[::-1],
        articles=dataset.articles[::-1],
        passages=dataset.passages[::-1],
        about=dict(reversed(dataset.about.items())),
    )
    assert draw_split(dataset) == draw_split(turned)
    assert draw_split(dataset, salt="other").parts != draw_split(dataset).parts


def test_an_earlier_split_that_parts_translations_is_refused(small_codebook: Codebook):
    dataset = make_dataset(small_codebook)
    with pytest.raises(
        InputError, match="a001.md is in test, and an article it belongs with is in"
    ):
        draw_split(dataset, keep={"a000.md": "train", "a001.md": "test"})


@pytest.mark.parametrize("shares", [{"train": 0.9, "test": 0.2}, {"train": 1.0, "test": 0.0}])
def test_shares_that_do_not_add_up_are_refused(small_dataset: Dataset, shares: dict[str, float]):
    with pytest.raises(InputError, match="do not sum to 1"):
        draw_split(small_dataset, shares=shares)


def test_file_round_trip(tmp_path: Path, small_dataset: Dataset):
    split = draw_split(small_dataset)
    write_split(tmp_path / "split.json", split)
    assert read_split(tmp_path / "split.json") == split


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        pytest.param(lambda v: v["parts"]["test"].append("new.txt"), "its digest says", id="added"),
        pytest.param(
            lambda v: v["parts"]["dev"].extend(v["parts"]["test"]), "stands in", id="in-two-parts"
        ),
        pytest.param(lambda v: v.pop("salt"), "is not a split file", id="key-missing"),
        pytest.param(lambda v: v.update(parts=[1]), "is not a split file", id="parts-no-mapping"),
        pytest.param(lambda v: v["parts"].update(dev=[3]), "is not a split file", id="number"),
    ],
)
def test_an_edited_file_is_refused(tmp_path: Path, small_dataset: Dataset, edit, message: str):
    path = tmp_path / "split.json"
    write_split(path, draw_split(small_dataset))
    value = json.loads(path.read_text("utf-8"))
    edit(value)
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_split(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "is not JSON"), ("[]", "is not a split file"), (None, "cannot be read")],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str | None, message: str):
    path = tmp_path / "split.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_split(path)


def test_articles_without_part_and_parts_without_article_are_named(small_dataset: Dataset):
    split = draw_split(small_dataset.select(["a0.txt", "a1.txt", "a2.txt"]))
    problems = find_split_problems(split, small_dataset)
    assert problems == [
        "a3.txt has no part: draw the split again with framing corpus split --write"
    ]
    problems = find_split_problems(draw_split(small_dataset), small_dataset.select(["a0.txt"]))
    assert len(problems) == 3
    assert "a1.txt is in the split and not among the coded articles" in problems


def test_no_unit_of_one_part_nearly_repeats_another(small_dataset: Dataset):
    texts = list(small_dataset.texts)
    texts[0], texts[15] = (
        "The very same long sentence stands here.",
        "The very same long sentence stands here!",
    )
    dataset = Dataset(**{**small_dataset.__dict__, "texts": tuple(texts)})
    split = draw_split(dataset)
    parts = [dataset.select(split.names(part)).texts for part in SHARES]
    for i, left in enumerate(parts):
        for right in parts[i + 1 :]:
            assert find_near_duplicates(left, right) == []


@pytest.mark.parametrize("n_articles", [3, 4, 5, 6])
def test_no_part_stays_empty_while_there_are_stories_for_all(
    small_codebook: Codebook, n_articles: int
):
    dataset = make_dataset(small_codebook, 60).select(
        [f"a{n:03}.md" for n in range(2, 2 + n_articles)]
    )
    assert set(draw_split(dataset).parts.values()) == set(SHARES)


def test_fewer_stories_than_parts_are_refused(small_dataset: Dataset):
    with pytest.raises(
        InputError, match="2 stories cannot fill train, dev, test; code more articles"
    ):
        draw_split(small_dataset.select(["a0.txt", "a1.txt"]))
