"""Boilerplate: explanations that an author repeats, clustered by their words (METHODS.md row 35).

Texts are compared without numbers and quoted words, which change while the phrase stays. Each text joins the likest
cluster whose first text is at least `LIKENESS` like it (rapidfuzz's token sort ratio), in the order given, so that the
result is deterministic. One phrase beside opposite verdicts says nothing: `verdicts` counts what it stood beside.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

LIKENESS = 88.0  # per cent
SMALLEST = 3
_VARIABLE = re.compile(r"\"[^\"]*\"|“[^”]*”|'[^']*'|\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Said:
    """An explanation, and the verdict that it stood beside."""

    text: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Cluster:
    phrase: str  # the first of its texts
    size: int
    verdicts: Mapping[str, int]

    @property
    def is_contradictory(self) -> bool:
        """The same phrase for opposite verdicts."""
        return "correct" in self.verdicts and "incorrect" in self.verdicts


@dataclass(slots=True)
class _Growing:
    phrase: str
    verdicts: Counter[str] = field(default_factory=Counter)


def template(text: str) -> str:
    """The text without numbers and quotations."""
    return " ".join(_VARIABLE.sub("…", text.casefold()).split())


def clusters(said: Iterable[Said], *, likeness: float = LIKENESS, smallest: int = SMALLEST) -> tuple[Cluster, ...]:
    """Clusters of at least `smallest` texts, the largest first."""
    found: list[_Growing] = []
    phrases: list[str] = []
    for one in said:
        wanted = template(one.text)
        if not wanted:
            continue
        best = process.extractOne(wanted, phrases, scorer=fuzz.token_sort_ratio, score_cutoff=likeness)
        if best is None:
            phrases.append(wanted)
            found.append(_Growing(one.text))
            place = len(found) - 1
        else:
            place = best[2]
        found[place].verdicts[one.verdict] += 1
    told = [Cluster(one.phrase, one.verdicts.total(), dict(one.verdicts)) for one in found]
    return tuple(sorted((one for one in told if one.size >= smallest), key=lambda one: -one.size))


def share(told: Sequence[Cluster], texts: int) -> float | None:
    """The share of texts that lie in a cluster; None without texts."""
    return sum(one.size for one in told) / texts if texts else None


def flip_rate(versions: Mapping[str, Mapping[tuple[str, int], bool]]) -> tuple[float | None, int]:
    """How often a step's flag differs between two prompt versions: the share of pairs compared, and their number.

    `versions`: prompt version → (response, step) → flagged.
    """
    names = sorted(versions)
    differing = compared = 0
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            shared = versions[one].keys() & versions[other].keys()
            compared += len(shared)
            differing += sum(versions[one][key] != versions[other][key] for key in shared)
    return (differing / compared if compared else None), compared
