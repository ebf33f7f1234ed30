"""Members: the networks of one fine-tuning run, and the one with the mean of their weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.classifiers.encoders.registry import TOKENIZER
from framing.classifiers.transformer.inputs import InputBuilder, Truncation
from framing.classifiers.transformer.saving import open_tokenizer
from framing.errors import ConfigError

if TYPE_CHECKING:
    from datasets import DatasetDict

    from framing.classifiers.transformer.fitting import Fit
    from framing.classifiers.transformer.model import RawScores
    from framing.classifiers.transformer.network import FrameNetwork
    from framing.config import TransformerConfig
    from framing.dataset import Dataset


@dataclass(frozen=True)
class Member:
    """One fitted network; its weights are gone, its scores are not."""

    seed: int
    fit: Fit
    scores: dict[str, RawScores]
    """Raw scores by part: of `dev`, and of every other part that was asked for."""


@dataclass(frozen=True)
class Members:
    """The networks of a run."""

    network: FrameNetwork
    """With the mean of their weights."""
    members: list[Member]
    truncation: dict[str, dict[str, int]]
    """By part: units that were cut, and units of which some context was left out."""


def fit_members(
    config: TransformerConfig,
    train: Dataset,
    held: Mapping[str, Dataset],
    encoder: Path,
    checkpoints: Path,
    *,
    tell: Callable[[str], None] = lambda message: None,
    progress: bool = False,
) -> Members:
    """Fit as many networks as the config says, from the same heads but in another order each.

    Args:
        config: The run.
        train: Units to learn from.
        held: `dev`, on which weights are chosen, and other parts that each network is to score.
        encoder: Folder of the pretrained encoder.
        checkpoints: Folder that holds those of an earlier, unfinished run of this config, if any.
        tell: Is told, in a line, what is being done.
        progress: Show a bar on stderr.

    Raises:
        ConfigError: The encoder cannot read inputs that long.
        ModelError: Its tokenizer is damaged, or a package that the config needs is not installed.
    """
    from framing.classifiers.transformer.examples import build_examples

    builder = InputBuilder(open_tokenizer(encoder / TOKENIZER), config.inputs)
    members: list[Member] = []
    total: dict[str, Any] = {}
    for number in range(config.training.members):
        seed = config.training.seed + number
        if config.training.members > 1:
            tell(f"network {number + 1} of {config.training.members}, seed {seed}")
        network = _make_network(config, train, encoder)
        folder = checkpoints / str(number)
        examples, truncations = build_examples(
            train,
            held["dev"],
            builder,
            units=config.training.batch_size,
            epochs=config.training.epochs,
            seed=seed,
        )
        if not number:
            _tell_truncation(truncations, config, tell)
        fit = _fit_member(config, network, examples, builder, seed, folder, tell, progress)
        tell(f"{fit.trained:,} weights trained, best: {fit.best_step}")
        members.append(Member(seed, fit, _score_parts(network, builder, held)))
        for name, values in network.state_dict().items():
            # In 64 bits: the mean of equal weights is these weights.
            total[name] = total.get(name, 0) + values.double().cpu()
    mean = {name: (values / len(members)).float() for name, values in total.items()}
    network.load_state_dict(mean)
    return Members(network, members, {name: asdict(cut) for name, cut in truncations.items()})


def _tell_truncation(
    truncations: Mapping[str, Truncation], config: TransformerConfig, tell: Callable[[str], None]
) -> None:
    for name, truncation in truncations.items():
        tell(
            f"{name}: {truncation.units} units are cut, {truncation.contexts} lack some context "
            f"(inputs.max_length {config.inputs.max_length})"
        )


def _make_network(config: TransformerConfig, train: Dataset, encoder: Path) -> FrameNetwork:
    """A network as it is before it learns: the same one, heads included, for every member."""
    import torch

    from framing.classifiers.transformer.network import FrameNetwork, load_body, longest_input

    body = load_body(encoder)
    if config.inputs.max_length > (most := longest_input(body)):
        raise ConfigError(
            f"inputs.max_length is {config.inputs.max_length}", hint=f"the encoder reads {most}"
        )
    torch.manual_seed(config.training.seed)
    n_speakers = len(train.codebook.speakers) if config.loss.speaker_weight else 0
    n_frames = len(train.codebook.frames)
    return FrameNetwork(body, n_frames, n_speakers, dropout=config.training.dropout)


def _fit_member(
    config: TransformerConfig,
    network: FrameNetwork,
    examples: DatasetDict,
    builder: InputBuilder,
    seed: int,
    checkpoints: Path,
    tell: Callable[[str], None],
    progress: bool,
) -> Fit:
    from framing.classifiers.transformer.fitting import fit_network
    from framing.classifiers.transformer.network import Masking

    padding = int(network.body.config.pad_token_id or 0)
    output = config.resolve(config.output)
    logs = output.with_name(f"{output.name}.logs") / f"seed-{seed}"
    if config.training.masking:
        if builder.mask is None:
            raise ConfigError(
                "training.masking: the vocabulary has no token for a hidden one",
                hint="leave it out, or choose another encoder",
            )
        spared = (*builder.separators, padding)
        network.masking = Masking(config.training.masking, builder.mask, spared)
    return fit_network(
        network,
        examples,
        replace(config.training, seed=seed),
        config.loss,
        checkpoints=checkpoints,
        padding=padding,
        logs=logs if config.training.report_to else None,
        progress=progress,
        tell=tell,
    )


def _score_parts(
    network: FrameNetwork, builder: InputBuilder, held: Mapping[str, Dataset]
) -> dict[str, RawScores]:
    from framing.classifiers.transformer.torch_scorer import TorchScorer

    scorer = TorchScorer(network)
    return {
        name: scorer.score(builder.build(part.texts, part.passages)[0])
        for name, part in held.items()
    }
