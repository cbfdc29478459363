"""Small problems for the training formats' tests, and their rows as a sink would get them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
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
    Rollout,
    RolloutSet,
    UsefulnessRating,
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
    counted: dict[str, dict[str, int]] = field(default_factory=dict)

    def file(self, name: str, critic: Any = None, columns: Any = None) -> Any:
        rows = self.files.setdefault(name, [])
        self.columns[name] = columns
        return type("File", (), {"byte_size": 0, "write": lambda _, row: rows.append(dict(row))})()

    def count(self, column: str, value: str) -> None:
        held = self.counted.setdefault(column, {})
        held[value] = held.get(value, 0) + 1

    def skip(self, why: str) -> None:
        self.skipped.append(why)


def rollouts(outcomes: str, *, after: int, **more: Any) -> RolloutSet:
    """One letter a rollout: r right, w wrong, ? unparsed."""
    words = {"r": "right", "w": "wrong", "?": "unparsed"}
    return RolloutSet(
        key=more.pop("key", f"after {after}"), after_step=after, generator=CRITIC,
        rollouts=tuple(Rollout(text=f"{letter}{n}", outcome=words[letter]) for n, letter in enumerate(outcomes)),  # type: ignore[arg-type]
        **more,
    )  # fmt: skip


TUNED = Author(kind="critic", name="tuned", method="direct", model="m2")
BASE = Author(kind="critic", name="base", method="direct", model="m1", settings={"base_of": "tuned"})
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def rating(of: str, said: str, *, seen: bool) -> UsefulnessRating:
    shown = {"correction": "fix", "shown_at": AT} if seen else {}
    return UsefulnessRating(by=ANN, critique=of, rating=said, at=AT, **shown)  # type: ignore[arg-type]


def a_full_problem(key: str = "p", *, pictures: int = 1) -> Problem:
    """One that makes at least one row in every format."""
    found = Finding(error_type="perception/count", explanations=("No.",), corrected_text="Twos.")
    judged = response(
        gold("cic", answer="i", key="k", findings={2: (found,)}),
        *(critique("cic", by=CRITIC, key=f"m{n}", answer="c", run="x", sample=n) for n in (0, 1)),
        critique("ccc", by=CRITIC, key="l", answer="c", run="x", sample=2),
        critique("cci", by=CRITIC, key="later", answer="c", run="y"),
        rollout_sets=(rollouts("rw", after=0), rollouts("rrw", after=1)),
    )
    good = response(
        gold("ccc", answer="c"),
        *(critique("ccc", by=CRITIC, key=f"of-r2-{run}", answer="c", run=run) for run in ("x", "y")),
        key="r2", answer="4",
    )  # fmt: skip
    bare = response(critique("cic", by=TUNED, key="t"), critique("ccc", by=BASE, key="b"), key="r3")
    return Problem(
        key=key, question="How many?", images=(Image(sha256="a" * 64, path="1.png"),) * pictures, licence="MIT",
        reference_answer="4",
        responses=(
            judged, good, bare, correction("fixed"), correction("broke", guided_by="l", key="broken"),
            correction("fixed", guided_by="m1", key="fix2"),
        ),
        readings=(rating("k", "helped", seen=True), rating("l", "misled", seen=True)),
    )  # fmt: skip


def written_of(format: str, *problems: Problem, options: dict[str, str] | None = None) -> Kept:
    kept = Kept()
    chosen = formats()[format].chosen(options or {})
    items = [Item(problem, lambda image: b"png", lambda author: author.name[:1]) for problem in problems]
    formats()[format].write(items, chosen, kept)
    return kept


def written(
    format: str, *responses: Response, images: int = 0, options: dict[str, str] | None = None, **more: Any
) -> Kept:
    """more: further fields of the problem."""
    pictures = (Image(sha256="a" * 64, path="1.png"),) * images
    problem = Problem(key="p", question="How many?", responses=responses, images=pictures, **more)
    return written_of(format, problem, options=options)


def rows(format: str, *responses: Response, **more: Any) -> list[dict[str, Any]]:
    (made,) = written(format, *responses, **more).files.values()
    return made


def text(turn: Any) -> str:
    """What a turn of messages says."""
    return turn if isinstance(turn, str) else "".join(part["text"] or "" for part in turn[-1]["content"])
