"""What methods may want to know beyond the chain. For each kind the worker has a loader of the same name in
`workers/context/`; a notebook that calls a method by itself puts the values into `Chain.context`.
"""

from __future__ import annotations

from dataclasses import dataclass

from annotations.core.schema import Critique
from workers.critics.base import Want


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """An error that a person found in some other chain. `likeness` (0 to 1) is that of its question to ours."""

    question: str
    step: str
    explanation: str
    error_type: str | None = None
    corrected_text: str | None = None
    likeness: float = 0.0
    critique: str = ""  # its id, for the record


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMistakes(Want[tuple[Mistake, ...]]):
    """The `most` people's findings whose questions are likest to this one, the likest first.

    Never of the same problem, of a problem that shares an image with it, or of a chain with the same text.
    """

    most: int
    least_likeness: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """A critic's critique of this very chain. `reliability` is its share of steps judged as the references judge them
    on other problems, (right + 1) / (judged + 2), and `judged` the number that it rests on.
    """

    critic: str
    critique: Critique
    reliability: float = 0.5
    judged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinions(Want[tuple[Opinion, ...]]):
    """The latest critiques of this chain by critics of these names, or by all critics; never ablated ones, never merged
    ones. With `samples`, each sample of a critic; else its first.
    """

    critics: tuple[str, ...] = ()
    samples: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherImages:
    """The images of another problem, with the text in them for an engine that does not see."""

    problem: str  # its key
    images: tuple[bytes, ...]
    image_lines: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnotherProblemsImages(Want[OtherImages]):
    """Those of one of the project's other problems, drawn by the job's seed; no image of it is one of this problem."""
