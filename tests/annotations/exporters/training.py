"""Small problems for the training formats' tests, and their rows as a sink would get them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from annotations.core.schema import (
    AnswerJudgment,
    Author,
    Critique,
    Effect,
    Finding,
    Image,
    Judgment,
    Problem,
    Response,
)
from annotations.core.steps import GIVEN_STEPS, join_steps
from annotations.exporters.base import Item, formats

ANN, BOB = Author(kind="person", name="Ann"), Author(kind="person", name="Bob")
CRITIC = Author(kind="critic", name="direct", method="direct", model="m1")
VERDICTS = {"c": "correct", "i": "incorrect", "n": "neutral", "u": "unsure"}


def critique(steps: str, *, by: Author = ANN, answer: str = "", key: str = "", **more: Any) -> Critique:
    """One letter a step: c, i, n, u, `-` unlabelled, `?` unparsed; `findings` by step."""
    findings: dict[int, tuple[Finding, ...]] = more.pop("findings", {})
    return Critique(
        key=key,
        author=by,
        answer=AnswerJudgment(verdict=VERDICTS[answer], state="judged") if answer else AnswerJudgment(),  # type: ignore[arg-type]
        judgments=tuple(
            Judgment(
                step=number,
                verdict=VERDICTS.get(letter),  # type: ignore[arg-type]
                state="judged" if letter in VERDICTS else {"-": "unlabelled", "?": "unparsed"}[letter],  # type: ignore[arg-type]
                findings=findings.get(number, ()),
            )
            for number, letter in enumerate(steps, 1)
        ),
        **more,
    )


def gold(steps: str, **more: Any) -> Critique:
    return critique(steps, reference="gold", **more)


def response(*critiques: Critique, steps: tuple[str, ...] = ("One.", "Two.", "So 3."), **more: Any) -> Response:
    text, ranges = join_steps(steps)
    told = {"key": "r", "answer": "3", "generator": "g"} | more
    return Response(source_text=text, steps=ranges, segmentation=GIVEN_STEPS, critiques=critiques, **told)


def correction(
    effect: str, *, of: str = "r", guided_by: str | None = "k", after: str = "right", **more: Any
) -> Response:
    before = {"fixed": "wrong", "broke": "right", "unchanged": after, "unparsed": "unparsed"}[effect]
    happened = Effect(
        corrector=CRITIC, level="ASE", source="other" if guided_by else "none", before=before, before_by="matcher",  # type: ignore[arg-type]
        after="wrong" if effect == "broke" else after, effect=effect,  # type: ignore[arg-type]
    )  # fmt: skip
    return response(
        steps=("One.", "Two.", "So 4."), **({"key": "fix", "answer": "4"} | more), revises=of, guided_by=guided_by,
        effect=happened,
    )  # fmt: skip


@dataclass
class Kept:
    """A sink that keeps what it gets."""

    critics: tuple[Any, ...] = ()
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def file(self, name: str, critic: Any = None, columns: Any = None) -> Any:
        rows = self.files.setdefault(name, [])
        self.columns[name] = columns
        return type("File", (), {"byte_size": 0, "write": lambda _, row: rows.append(dict(row))})()

    def skip(self, why: str) -> None:
        self.skipped.append(why)


def written(format: str, *responses: Response, images: int = 0, options: dict[str, str] | None = None) -> Kept:
    problem = Problem(
        key="p", question="How many?", responses=responses, images=(Image(sha256="a" * 64, path="1.png"),) * images
    )
    kept = Kept()
    chosen = formats()[format].chosen(options or {})
    formats()[format].write([Item(problem, lambda image: b"png", lambda author: author.name[:1])], chosen, kept)
    return kept


def rows(format: str, *responses: Response, **more: Any) -> list[dict[str, Any]]:
    (made,) = written(format, *responses, **more).files.values()
    return made


def text(turn: Any) -> str:
    """What a turn of messages says."""
    return turn if isinstance(turn, str) else "".join(part["text"] or "" for part in turn[-1]["content"])
