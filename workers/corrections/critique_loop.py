"""Critique in a loop: criticise, revise, criticise again, until the critic passes or the budget ends.

Source: AutoMathCritique's critique-in-the-loop (METHODS.md row 12). Critic and reviser are the same model; for two
models, run the critic over the corrections of the round before and revise those (docs/corrections.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from annotations.core.critique_facts import is_flagged
from annotations.core.effects import choose_explanations, finding_explanations
from annotations.core.schema import Critique
from workers.corrections.base import Corrector, Draft, Lineage, author_of, chain_in, chain_schema
from workers.corrections.guidance import Guide
from workers.corrections.revise import revised
from workers.critics.base import Chain, check_ranges, sight
from workers.critics.reply import storable
from workers.critics.tally import Tally
from workers.critics.wrapping import Configured, configured, needs_of, prompts_of, wants_of
from workers.engines.base import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSettings:
    """Which critic looks, how often, and with how much to spend."""

    critic: str = field(default="direct", metadata={"help": "The method that criticises each round."})
    critic_settings: dict[str, Any] = field(
        default_factory=dict, metadata={"help": "Its settings.", "settings_of": "critic"}
    )
    rounds: int = field(default=3, metadata={"help": "Most revisions.", "range": (1, 10)})
    most_calls: int = field(default=40, metadata={"help": "No round begins after so many calls.", "range": (1, 1000)})
    fresh: bool = field(
        default=False, metadata={"help": "Begin with a new chain to the problem instead of the one that is there."}
    )
    temperature: float = field(
        default=0.0, metadata={"help": "0 takes the likeliest word; above it, words are drawn.", "range": (0.0, 2.0)}
    )
    most_tokens: int = field(default=512, metadata={"help": "Most tokens of each new chain.", "range": (32, 8192)})

    def __post_init__(self) -> None:
        check_ranges(self)
        try:
            within = configured(self.critic, self.critic_settings)
        except KeyError as unknown:
            raise ValueError(f"critic: {unknown.args[0]}") from unknown
        except (TypeError, ValueError) as wrong:
            raise ValueError(f"critic_settings of {self.critic}: {wrong}") from wrong
        if wanted := wants_of(*within):
            raise ValueError(f"critic: {self.critic} wants to know {wanted[0]}, which a loop cannot tell; take another")


async def correct(chain: Chain, guide: Guide, engine: Engine, settings: LoopSettings, *, seed: int = 0) -> Lineage:
    """`guide` is not used: the loop makes its own critiques."""
    engine, critic = Tally(engine), configured(settings.critic, settings.critic_settings)
    drafts: list[Draft] = []
    if settings.fresh:
        drafts.append(await _solved(chain, engine, settings, seed))
        chain = _of(chain, drafts[-1])
    critique, ended = None, "unparsed" if drafts and not drafts[0].steps else ""
    while not ended:
        critique = await critic.critique(chain, engine, seed=seed + len(drafts))
        ended = _end(critique, _revisions(drafts), engine.calls, settings)
        if not ended:
            drafts.append(await _round(chain, critique, engine, settings, seed + len(drafts)))
            ended = "" if drafts[-1].steps else "unparsed"
            if not ended:
                chain, critique = _of(chain, drafts[-1]), None
    return Lineage(
        author=author_of(CORRECTOR, chain, engine.description, settings),
        drafts=tuple(drafts),
        last_critique=critique if not drafts or drafts[-1].critique is not critique else None,
        ended=ended,
        costs=engine.costs(),
    )


def _end(critique: Critique, revisions: int, calls: int, settings: LoopSettings) -> str:
    """Why to stop now; empty to go on. A critique that did not parse is no pass, and nothing to revise by."""
    states = {critique.answer.state, *(judgment.state for judgment in critique.judgments)}
    if any(map(is_flagged, critique.judgments)) or critique.answer.verdict == "incorrect":
        return "rounds" if revisions >= settings.rounds else "budget" if calls >= settings.most_calls else ""
    return "unparsed" if "unparsed" in states else "passed"


async def _round(chain: Chain, critique: Critique, engine: Engine, settings: LoopSettings, seed: int) -> Draft:
    shown = choose_explanations(finding_explanations(critique), seed)
    guide = Guide(level="ASE", critique=critique, explanations=shown)
    draft = await revised(
        chain, guide, engine, most_tokens=settings.most_tokens, temperature=settings.temperature, seed=seed
    )
    return replace(draft, critique=critique)


async def _solved(chain: Chain, engine: Engine, settings: LoopSettings, seed: int) -> Draft:
    engine = Tally(engine)
    reply = await engine.generate(
        chain.prompt("solve").messages(image=sight(chain, engine.description).parts, question=chain.asked),
        schema=chain_schema(),
        max_new_tokens=settings.most_tokens,
        temperature=settings.temperature,
        seed=seed,
    )
    steps, answer = chain_in(reply)
    return Draft(
        steps=steps, answer=answer, level="none", fresh=True, raw_output=storable(reply.text), costs=engine.costs()
    )


def _revisions(drafts: list[Draft]) -> int:
    return sum(not draft.fresh for draft in drafts)


def _of(chain: Chain, draft: Draft) -> Chain:
    return replace(chain, steps=draft.steps, answer=draft.answer)


def _critic(settings: LoopSettings) -> Configured:
    return configured(settings.critic, settings.critic_settings)


def _expected_calls(steps: int, settings: LoopSettings) -> int:
    method, within = _critic(settings)
    each = method.expected_calls(steps, within)
    return settings.fresh + each + settings.rounds * (1 + each)


CORRECTOR = Corrector(
    name="critique_loop",
    title="Critique loop",
    help="The model criticises and revises in turn until its critic finds nothing more, or the budget ends.",
    takes_critique=False,
    needs=lambda settings: needs_of(*_critic(settings)),
    prompts=lambda settings: ("revise", *(("solve",) if settings.fresh else ()), *prompts_of(*_critic(settings))),
    settings=LoopSettings,
    expected_calls=_expected_calls,
    correct=correct,
)
