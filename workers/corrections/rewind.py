"""Rewind: write the chain step by step, check each step, throw it away and draw again, and go back where none will do.

Source: RAIN (METHODS.md row 49): a frozen model evaluates its own text while it writes, and rewinds. What was thrown
away is kept as a negative with the same prefix as the step that stayed. Guided by a critique, the steps before the
first one that it flags stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from annotations.core.schema import RejectedStep
from workers.corrections.base import LONGEST_STEP, MOST_STEPS, Corrector, Draft, Lineage, author_of
from workers.corrections.guidance import Guide, first_flagged
from workers.critics.base import Chain, Sight, check_ranges, sight
from workers.critics.reply import storable, whole_members
from workers.critics.tally import Tally
from workers.critics.verdicts import object_schema
from workers.engines.base import Engine

VERDICTS = ("correct", "incorrect")


@dataclass(frozen=True, slots=True, kw_only=True)
class RewindSettings:
    """How often a step is drawn, what makes it stay, and how far to go back."""

    tries: int = field(default=3, metadata={"help": "Drafts of one step, at the most.", "range": (1, 20)})
    threshold: float = field(
        default=0.5,
        metadata={"help": "A step stays if its probability of being correct is this or more.", "range": (0, 1)},
    )
    rewinds: int = field(
        default=2,
        metadata={"help": "How often to go back a step where no draft of the next would do.", "range": (0, 20)},
    )
    most_steps: int = field(default=MOST_STEPS, metadata={"help": "Most steps of the chain.", "range": (1, 40)})
    temperature: float = field(
        default=0.7, metadata={"help": "Of the drafts; with 0 every draft is the same.", "range": (0.0, 2.0)}
    )
    tokens_per_step: int = field(default=128, metadata={"help": "Most tokens of a step.", "range": (16, 2048)})

    def __post_init__(self) -> None:
        check_ranges(self)


@dataclass(frozen=True, slots=True)
class _Step:
    text: str
    answer: str | None
    probability: float


async def correct(chain: Chain, guide: Guide, engine: Engine, settings: RewindSettings, *, seed: int = 0) -> Lineage:
    engine = Tally(engine)
    flagged = first_flagged(guide.critique)
    writer = _Writer(chain, guide, engine, settings, seed, kept=flagged - 1 if flagged else 0)
    ended = await writer.write()
    draft = Draft(
        steps=tuple(step.text for step in writer.steps),
        answer=writer.steps[-1].answer if writer.steps else None,
        level=guide.level,
        rejected=tuple(writer.rejected),
        costs=engine.costs(),
    )
    return Lineage(
        author=author_of(CORRECTOR, chain, engine.description, settings),
        drafts=(draft,),
        ended=ended,
        costs=engine.costs(),
    )


class _Writer:
    def __init__(
        self, chain: Chain, guide: Guide, engine: Engine, settings: RewindSettings, seed: int, *, kept: int
    ) -> None:
        self.chain, self.guide, self.engine, self.settings, self.seed = chain, guide, engine, settings, seed
        self.sight: Sight = sight(chain, engine.description)
        self.steps = [_Step(text, None, 1.0) for text in chain.steps[:kept]]
        self.kept = kept
        self.rejected: list[RejectedStep] = []
        self.rewinds = self.drawn = 0

    async def write(self) -> str:
        """Until the answer is there, or no more steps may be written; returns why it ended."""
        while len(self.steps) < self.settings.most_steps:
            drafts = await self._drafts()
            if not drafts:
                return "unparsed"
            best = max(drafts, key=lambda draft: draft.probability)
            stays = best.probability >= self.settings.threshold
            if not stays and self.rewinds < self.settings.rewinds and len(self.steps) > self.kept:
                self.rewinds += 1
                self._reject(*drafts)
                back = self.steps.pop()
                self._reject(back, reason="no draft of the next step would do")
                continue
            self._reject(*(draft for draft in drafts if draft is not best))
            self.steps.append(best)
            if best.answer:
                return "done" if stays else "budget"
        return "rounds"

    async def _drafts(self) -> list[_Step]:
        """Drafts of the next step up to the first that stays; texts that were rejected here are not taken again."""
        drafts: list[_Step] = []
        for _ in range(self.settings.tries):
            self.drawn += 1
            draft = await self._draft()
            if draft is None:
                continue
            drafts.append(draft)
            if draft.probability >= self.settings.threshold:
                break
        return drafts

    async def _draft(self) -> _Step | None:
        feedback = f"\nFeedback on an earlier attempt:\n{self.guide.in_words()}" if self.guide.critique else ""
        reply = await self.engine.generate(
            self.chain.prompt("next_step").messages(
                image=self.sight.parts, question=self.chain.asked, steps=self._before(), feedback=feedback
            ),
            schema=_SCHEMA,
            max_new_tokens=self.settings.tokens_per_step,
            temperature=self.settings.temperature,
            seed=self.seed + self.drawn,
        )
        said = reply.parsed if isinstance(reply.parsed, dict) else whole_members(reply.text)
        text, answer = said.get("step"), said.get("answer")
        if not isinstance(text, str) or not (text := storable(text).strip()):
            return None
        told = storable(answer).strip() if isinstance(answer, str) else ""
        return _Step(text, told or None, await self._probability(text))

    async def _probability(self, text: str) -> float:
        """Of the step being correct, as the same model sees it; from its one word where it gives no probabilities."""
        asked = self.chain.prompt("check_step").messages(
            image=self.sight.parts, question=self.chain.asked, steps=self._before(), step=text
        )
        if self.engine.description.gives_logits:
            return (await self.engine.choose(asked, VERDICTS))[0]
        reply = await self.engine.generate(asked, schema={"enum": list(VERDICTS)}, max_new_tokens=8, seed=self.seed)
        return 1.0 if reply.parsed == "correct" else 0.0

    def _before(self) -> str:
        return "\n".join(f"{number}. {step.text}" for number, step in enumerate(self.steps, 1)) or "(none yet)"

    def _reject(self, *drafts: _Step, reason: str = "") -> None:
        self.rejected += [
            RejectedStep(
                step=len(self.steps) + 1,
                text=draft.text,
                reason=reason or f"probability of being correct {draft.probability:.2f}",
            )
            for draft in drafts
        ]


_SCHEMA: dict[str, Any] = object_schema(
    {
        "step": {"type": "string", "minLength": 1, "maxLength": LONGEST_STEP},
        "answer": {"type": "string", "maxLength": 120},
    }
)


def _expected_calls(steps: int, settings: RewindSettings) -> int:
    """Two a draft: one to write it, one to check it."""
    return 2 * settings.tries * (settings.most_steps + 2 * settings.rewinds)


CORRECTOR = Corrector(
    name="rewind",
    title="Rewind",
    help="The model writes step by step and checks each step; it draws again, and goes back, where it finds it wrong.",
    prompts=lambda settings: ("next_step", "check_step"),
    settings=RewindSettings,
    expected_calls=_expected_calls,
    correct=correct,
)
