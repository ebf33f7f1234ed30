"""How much of the baseline's score rests on having read of the same events.

    python experiments/baseline/hold_out_events.py

Cuts the folds of the shipped settings by article, as training does, and by event (the `event` of an
article's front matter), so that no event stands on both sides. Prints a Markdown table.
"""

from __future__ import annotations

from try_features import CHOSEN, TWO_BEFORE, load_training, try_features

from framing.splits import iterate_folds


def main() -> None:
    """Print the table."""
    train, by_article = load_training()
    events = [str(train.about[name].event) for name in train.articles]
    by_event = list(iterate_folds(events, 5, seed=0))
    print("| folds cut by | mean average precision | en | ja | ko |\n|---|---|---|---|---|")
    for name, folds in (("article", by_article), ("event", by_event)):
        overall, by = try_features(train, folds, (CHOSEN, TWO_BEFORE, True, 10))
        print(f"| {name} | {overall:.3f} | {by['en']:.3f} | {by['ja']:.3f} | {by['ko']:.3f} |")


if __name__ == "__main__":
    main()
