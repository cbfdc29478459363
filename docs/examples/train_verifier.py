"""A small step verifier trained on a published version: `python train_verifier.py train.parquet test.parquet`.

Reads the format `prm` with `split: 80_20`, learns from the steps of `train.parquet` alone, and says how well it finds
wrong steps of problems that it has never seen, beside what needs no learning. The model reads text only: hashed words
and pairs of words of the step, how its numbers relate to the question and to the steps before it, and where it stands.
It is a recipe to start from, not a good verifier: on the demo's few chains its numbers are as small as the data.

Needs torch and pyarrow.
"""

from __future__ import annotations

import argparse
import re
import sys
import zlib
from dataclasses import dataclass
from itertools import pairwise

import pyarrow.parquet
import torch
from torch import Tensor, nn

WORDS = 2048  # buckets that words are hashed into
_WORD = re.compile(r"[a-zäöüß]+|\d+(?:\.\d+)?", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SUM = re.compile(r"(\d+(?:\.\d+)?)\s*([-+*/×÷−])\s*(\d+(?:\.\d+)?)\s*=\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Steps:
    """features (steps, WORDS + 6), wrong (steps,) as 0 or 1, place (steps,) in the chain, from 0 to 1."""

    features: Tensor
    wrong: Tensor
    place: Tensor


def read(path: str) -> Steps:
    features, wrong, places = [], [], []
    for row in pyarrow.parquet.read_table(path).to_pylist():
        for number, (text, label) in enumerate(zip(row["completions"], row["labels"], strict=True)):
            features.append(_features(row["prompt"], row["completions"][:number], text))
            wrong.append(float(not label))
            places.append(number / max(1, len(row["completions"]) - 1))
    return Steps(torch.stack(features), torch.tensor(wrong), torch.tensor(places))


def _features(question: str, before: list[str], step: str) -> Tensor:
    found = torch.zeros(WORDS + 6)
    words = [word.lower() for word in _WORD.findall(step)]
    shown = ["#" if word[0].isdigit() else word for word in words]
    for part in [*shown, *map(" ".join, pairwise(shown))]:
        found[zlib.crc32(part.encode()) % WORDS] = 1.0
    known = set(_NUMBER.findall(question)) | {one for text in before for one in _NUMBER.findall(text)}
    numbers = _NUMBER.findall(step)
    fresh = sum(one not in known for one in numbers)
    found[WORDS:] = torch.tensor(
        [len(before) / 5, len(words) / 30, len(numbers) / 5, fresh / 3, float(not before), float(_sum_is_wrong(step))]
    )
    return found


def _sum_is_wrong(step: str) -> bool:
    """Whether the step writes an arithmetic statement that does not hold to its own number of decimals."""
    for left, sign, right, told in _SUM.findall(step):
        one, other = float(left), float(right)
        if sign in "/÷" and other == 0:
            return True
        value = {"+": one + other, "-": one - other, "−": one - other}.get(sign)
        value = one * other if value is None and sign in "*×" else one / other if value is None else value
        if abs(value - float(told)) > 0.5 * 10 ** -len(told.partition(".")[2]) + 1e-9:
            return True
    return False


def train(steps: Steps, *, seed: int = 0, epochs: int = 200) -> nn.Module:
    """Logistic regression with weight decay; wrong steps weigh as much as right ones. Deterministic for a seed."""
    generator = torch.Generator().manual_seed(seed)
    model = nn.Linear(steps.features.shape[1], 1)
    nn.init.normal_(model.weight, std=0.01, generator=generator)
    nn.init.zeros_(model.bias)
    weight = (1 - steps.wrong).sum() / steps.wrong.sum().clamp(min=1)
    loss_of = nn.BCEWithLogitsLoss(pos_weight=weight)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.3)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = loss_of(model(steps.features).squeeze(1), steps.wrong)
        loss.backward()
        optimizer.step()
    return model


def auc(scores: Tensor, wrong: Tensor) -> float:
    """The chance that a wrong step scores above a right one, ties counting half. NaN where there is only one kind."""
    bad, good = scores[wrong == 1], scores[wrong == 0]
    above = (bad[:, None] > good[None, :]).float() + 0.5 * (bad[:, None] == good[None, :]).float()
    return float(above.mean())


def f1(flagged: Tensor, wrong: Tensor) -> float:
    hits = float((flagged * wrong).sum())
    return 2 * hits / max(1.0, float(flagged.sum() + wrong.sum()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train")
    parser.add_argument("test")
    chosen = parser.parse_args()
    learnt_from, held_out = read(chosen.train), read(chosen.test)
    model = train(learnt_from)
    with torch.inference_mode():
        scores = model(held_out.features).squeeze(1)
    wrong = held_out.wrong
    say = sys.stdout.write
    say(f"learnt from {len(learnt_from.wrong)} steps, {int(learnt_from.wrong.sum())} of them wrong\n")
    say(f"held-out problems: {len(wrong)} steps, {int(wrong.sum())} wrong\n")
    say(f"{'':<28}{'AUC':>7}{'F1 of wrong':>13}\n")
    say(f"{'verifier':<28}{auc(scores, wrong):>7.3f}{f1((scores > 0).float(), wrong):>13.3f}\n")
    say(f"{'flag every step':<28}{0.5:>7.3f}{f1(torch.ones_like(wrong), wrong):>13.3f}\n")
    late = held_out.place
    say(f"{'later steps are worse':<28}{auc(late, wrong):>7.3f}{f1((late > 0.5).float(), wrong):>13.3f}\n")


if __name__ == "__main__":
    main()
