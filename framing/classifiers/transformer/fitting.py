"""Fitting: the network's weights, by the Hugging Face Trainer, taken up where a run was cut off.

Importing this module imports torch and transformers.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import Trainer, TrainerCallback, TrainingArguments, set_seed
from transformers.trainer_callback import (
    EarlyStoppingCallback,
    PrinterCallback,
    ProgressCallback,
    TrainerState,
)

from framing.classifiers.calibration import choose_thresholds
from framing.classifiers.transformer.examples import ABSENT, Collator, LengthSampler
from framing.classifiers.transformer.losses import NOT_CODED, weigh_positives
from framing.classifiers.transformer.machine import computes_bf16, count_cores, use_threads
from framing.classifiers.transformer.network import (
    FrameNetwork,
    add_adapters,
    count_trained,
    freeze,
    group_weights,
    merge_adapters,
    set_encoder_dropout,
)
from framing.transformer_config import FitConfig, LossConfig

if TYPE_CHECKING:
    from datasets import DatasetDict

SCORE = "macro_f1"
_SEEN_FIRST = 512
"""Training units, about, from which the scale of what the heads see is taken."""
_BATCH = 16
_LOGS = "TENSORBOARD_LOGGING_DIR"
# Written in this order; the last one tells that the others are whole.
_WEIGHTS = "model.safetensors"
_STATE = "trainer_state.json"
_NEEDED = (_WEIGHTS, "optimizer.pt", "scheduler.pt", _STATE)


@dataclass(frozen=True)
class Fit:
    """How a network was fitted."""

    steps: int
    """Steps taken."""
    best_step: int
    """Step whose weights were kept: those with the best macro-F1 on dev."""
    history: list[dict[str, float]]
    """Step, epoch, loss, macro-F1 and speaker accuracy on dev at each evaluation."""
    bf16: bool
    resumed: int
    """Step of the checkpoint it was taken up from; 0 if it was not."""
    trained: int
    """Numbers that were trained; the others stayed as they were pretrained."""


def fit_network(
    network: FrameNetwork,
    examples: DatasetDict,
    settings: FitConfig,
    loss: LossConfig,
    *,
    checkpoints: Path,
    padding: int,
    logs: Path | None = None,
    progress: bool = False,
    tell: Callable[[str], None] = lambda message: None,
    callbacks: list[TrainerCallback] | None = None,
) -> Fit:
    """Fit a network in place, and keep the weights that did best on dev.

    Adapters are merged into the weights they stand beside: it has the parts it had before.

    Args:
        network: Pretrained body, fresh heads.
        examples: With `train` and `dev`.
        settings: How.
        loss: What is minimised.
        checkpoints: Folder for checkpoints. If it holds some, the run goes on from the last one
            and ends with the weights it would have had: give each config and data its own.
        padding: Id of the padding token.
        logs: Folder for TensorBoard, if the settings have the Trainer report to it; the environment
            variable TENSORBOARD_LOGGING_DIR counts before it. Without either it is `checkpoints`.
        progress: Show a bar on stderr.
        tell: Is told, in a line, how each evaluation came out.
        callbacks: Further ones for the Trainer.

    Raises:
        ModelError: Adapters are wanted, and peft is not installed.
    """
    set_seed(settings.seed)
    freeze(network, settings.tuned)
    if settings.tuned == "lora":
        add_adapters(network, settings.lora_rank)
    trained = count_trained(network.parameters())
    set_encoder_dropout(network, settings.encoder_dropout)
    network.loss = loss
    gold = np.concatenate(
        [
            np.array(window["frames"], dtype=bool)
            for windows in examples["train"]["windows"]
            for window in windows
        ]
    )
    weights = weigh_positives(gold, loss.pos_weight)
    network.positive_weights.copy_(torch.from_numpy(weights))
    with use_threads(settings.threads or count_cores()):
        standardise(network, examples, padding)
    bf16 = settings.precision == "bf16" or (settings.precision == "auto" and computes_bf16())
    with _log_to(logs):
        trainer = _UnitTrainer(
            model=network,
            args=_make_arguments(settings, examples, checkpoints, bf16, progress),
            data_collator=Collator(padding),
            train_dataset=examples["train"],
            eval_dataset=examples["dev"],
            compute_metrics=_measure,
            callbacks=[*_stop_early(settings), *(callbacks or [])],
        )
    trainer.settings = settings
    _quieten(trainer, progress, tell)
    last = find_checkpoint(checkpoints)
    if last:
        tell(f"going on from step {_step_of(last)} ({last})")
    state = _read_end(last) if last else None
    if state:
        network.load_state_dict(load_file(_find_best(checkpoints, state)))
    else:
        with use_threads(settings.threads or count_cores()):
            trainer.train(resume_from_checkpoint=str(last) if last else None)
        state = trainer.state
    if settings.tuned == "lora":
        merge_adapters(network)
    return Fit(
        steps=state.global_step,
        best_step=state.best_global_step or state.global_step,
        history=_read_history(state.log_history),
        bf16=bf16,
        resumed=_step_of(last) if last else 0,
        trained=trained,
    )


@contextmanager
def _log_to(folder: Path | None) -> Iterator[None]:
    """Have the TensorBoard callback of a Trainer that is made inside log there."""
    if folder is None or _LOGS in os.environ:
        yield
        return
    os.environ[_LOGS] = str(folder.resolve())
    try:
        yield
    finally:
        del os.environ[_LOGS]


def standardise(network: FrameNetwork, examples: DatasetDict, padding: int) -> None:
    """Scale what the heads see, from some training units spread over all of them.

    Args:
        network: With its pretrained body.
        examples: With `train`.
        padding: Id of the padding token.
    """
    train = examples["train"]
    n_units = sum(len(window["spans"]) for windows in train["windows"] for window in windows)
    rows = range(0, len(train), math.ceil(n_units / _SEEN_FIRST))
    together = max(1, _BATCH * len(train) // n_units)
    collate, pooled = Collator(padding), []
    network.eval()
    with torch.no_grad():
        for start in range(0, len(rows), together):
            batch = collate([train[row] for row in rows[start : start + together]])
            inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "weights")}
            pooled.append(network.pool(**inputs)[batch["frames"][..., 0] != ABSENT])
        if sum(map(len, pooled)) > 1:
            network.standardise(torch.cat(pooled))


def find_checkpoint(folder: Path) -> Path | None:
    """The last whole checkpoint in a folder; one cut off while it was written does not count."""
    whole = [
        path
        for path in folder.glob("checkpoint-*")
        if path.name.rpartition("-")[2].isdigit()
        and all((path / name).is_file() for name in _NEEDED)
    ]
    return max(whole, key=_step_of, default=None)


def _read_end(last: Path) -> TrainerState | None:
    """State of a run whose last step was taken; None if it is to go on, or its best one is gone.

    The Trainer would take one step more, or after an early stop as many as there are to the next
    evaluation.
    """
    state = TrainerState.load_from_json(str(last / _STATE))
    control = state.stateful_callbacks.get("TrainerControl", {}).get("args", {})
    has_ended = state.global_step >= state.max_steps or control.get("should_training_stop")
    return state if has_ended and _find_best(last.parent, state).is_file() else None


def _find_best(checkpoints: Path, state: TrainerState) -> Path:
    """Weights that did best; the folder may have been moved since."""
    best = Path(state.best_model_checkpoint or f"checkpoint-{state.global_step}")
    return checkpoints / best.name / _WEIGHTS


class _UnitTrainer(Trainer):  # type: ignore[misc, unused-ignore] # untyped base
    """A Trainer with our order of rows and our learning rates."""

    settings: FitConfig
    optimizer: Any

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        rows = self.train_dataset if train_dataset is None else train_dataset
        lengths = [max(len(of["input_ids"]) for of in windows) for windows in rows["windows"]]
        batch, seed = self.args.train_batch_size, self.settings.seed
        return LengthSampler(lengths, batch, seed, rows["epoch"])

    def create_optimizer(self, model: Any = None) -> Any:
        if self.optimizer is None:
            groups = group_weights(self.model if model is None else model, self.settings)
            # All weights of a group in one pass: on a processor that takes a tenth off a step.
            self.optimizer = torch.optim.AdamW(groups, lr=self.settings.learning_rate, fused=True)
        return self.optimizer


class _QuietProgress(ProgressCallback):  # type: ignore[misc, unused-ignore] # untyped base
    """The bar alone: figures go where they are told to, not to standard output."""

    def on_log(self, *args: Any, **kwargs: Any) -> None:
        """Write nothing."""


class _TellEvaluations(TrainerCallback):  # type: ignore[misc, unused-ignore] # untyped base
    def __init__(self, tell: Callable[[str], None]) -> None:
        self.tell = tell

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Say how an evaluation came out."""
        figures = kwargs.get("metrics") or {}
        if state.is_world_process_zero and f"eval_{SCORE}" in figures:
            self.tell(
                f"step {state.global_step} of {state.max_steps}: dev macro-F1 "
                f"{figures[f'eval_{SCORE}']:.3f}, loss {figures['eval_loss']:.3f}"
            )


def _make_arguments(
    settings: FitConfig, examples: DatasetDict, checkpoints: Path, bf16: bool, progress: bool
) -> TrainingArguments:
    # What is cut anew each epoch is packed, too: each example of it is a batch already.
    batch = 1 if max(examples["train"]["epoch"]) >= 0 else settings.batch_size
    by_step = settings.eval_steps or (settings.max_steps and max(settings.max_steps // 2, 1))
    return TrainingArguments(
        # In full: the best one is found by name, also from another working folder.
        output_dir=str(checkpoints.resolve()),
        num_train_epochs=settings.epochs,
        max_steps=settings.max_steps or -1,
        per_device_train_batch_size=batch,
        per_device_eval_batch_size=2 * settings.batch_size,
        gradient_accumulation_steps=settings.accumulation,
        learning_rate=settings.learning_rate,
        warmup_steps=_count_warmup(settings, _count_rows(examples), batch),
        lr_scheduler_type="linear",
        bf16=bf16,
        use_cpu=not torch.cuda.is_available(),
        seed=settings.seed,
        eval_strategy="steps" if by_step else "epoch",
        save_strategy="steps" if by_step else "epoch",
        eval_steps=by_step or None,
        save_steps=by_step or 500,
        # The best one and the last one.
        save_total_limit=2,
        # How long dev has got no better: early stopping counts on after a resumption.
        restore_callback_states_from_checkpoint=True,
        load_best_model_at_end=True,
        metric_for_best_model=SCORE,
        greater_is_better=True,
        label_names=["frames", "speakers"],
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
        report_to=settings.report_to or "none",
        logging_strategy="steps" if by_step else "epoch",
        logging_steps=by_step or 500,
        disable_tqdm=not progress,
    )


def _count_rows(examples: DatasetDict) -> int:
    """Examples an epoch."""
    rows = examples["train"]
    return len(LengthSampler([0] * len(rows), 1, 0, rows["epoch"]))


def _count_warmup(settings: FitConfig, n_rows: int, batch: int) -> int:
    together = batch * settings.accumulation * int(os.environ.get("WORLD_SIZE", "1"))
    steps = settings.max_steps or settings.epochs * math.ceil(n_rows / together)
    return round(settings.warmup * steps)


def _stop_early(settings: FitConfig) -> list[TrainerCallback]:
    return [EarlyStoppingCallback(settings.patience)] if settings.patience else []


def _quieten(trainer: Trainer, progress: bool, tell: Callable[[str], None]) -> None:
    for kind in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(kind)
    if progress:
        trainer.add_callback(_QuietProgress())
    trainer.add_callback(_TellEvaluations(tell))


def _measure(prediction: Any) -> dict[str, float]:
    """Macro-F1 at each frame's best threshold, and speaker accuracy, from raw scores on dev."""
    from scipy.special import expit

    frames, speakers = (np.asarray(gold) for gold in prediction.label_ids)
    there = frames[..., 0] != ABSENT
    frame_logits, speaker_logits = (np.asarray(of)[there] for of in prediction.predictions)
    frames, speakers = frames[there], speakers[there]
    carried = frames.astype(bool)
    probabilities = expit(np.asarray(frame_logits, dtype=np.float64))
    decided = probabilities >= choose_thresholds(probabilities, carried)
    hits = (decided & carried).sum(axis=0)
    f1 = 2 * hits / np.maximum(decided.sum(axis=0) + carried.sum(axis=0), 1)
    coded = speakers != NOT_CODED
    figures = {SCORE: float(f1[carried.any(axis=0)].mean()) if carried.any() else 0.0}
    if speaker_logits.shape[1] and coded.any():
        right = speaker_logits.argmax(axis=1) == speakers
        figures["speaker_accuracy"] = float(right[coded].mean())
    return figures


def _read_history(log: list[dict[str, float]]) -> list[dict[str, float]]:
    names = ("loss", SCORE, "speaker_accuracy")
    return [
        {
            "step": entry["step"],
            "epoch": round(entry["epoch"], 4),
            **{name: entry[f"eval_{name}"] for name in names if f"eval_{name}" in entry},
        }
        for entry in log
        if f"eval_{SCORE}" in entry
    ]


def _step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])
