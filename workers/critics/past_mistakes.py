"""Past mistakes: errors that people found in other chains, shown to any method before it judges.

Source: "Can LLMs Learn from Previous Mistakes?" (CoTErrorSet). The likest ones by their question are taken, never of
the same problem, image or chain, and put into each prompt that judges. What was shown is kept with the critique.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from annotations.core.schema import Critique, Evidence
from workers.critics.base import Chain, Method
from workers.critics.wants import Mistake, PastMistakes
from workers.critics.wrapping import Wrapping, author_of, calls_of, wrapped
from workers.engines.base import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMistakesSettings(Wrapping):
    most: int = field(default=3, metadata={"help": "Past mistakes that are shown, at the most.", "range": (1, 20)})
    least_likeness: float = field(
        default=0.0, metadata={"help": "Of its question to ours, 0 to 1; below it none is shown.", "range": (0.0, 1.0)}
    )


async def critique(chain: Chain, engine: Engine, settings: PastMistakesSettings, *, seed: int = 0) -> Critique:
    mistakes = chain.known(wanted(settings))
    if mistakes:
        remark = chain.prompt("past_mistakes").text(mistakes="\n\n".join(map(in_words, mistakes)))
        reminded = replace(chain, remarks=(*chain.remarks, remark))
    else:
        reminded = chain
    written = await wrapped(settings).critique(reminded, engine, seed=seed)
    return replace(
        written,
        author=author_of(METHOD, chain, engine.description, settings),
        evidence=(Evidence(kind="past_mistakes", content={"shown": told(mistakes)}), *written.evidence),
    )


def wanted(settings: PastMistakesSettings) -> PastMistakes:
    return PastMistakes(most=settings.most, least_likeness=settings.least_likeness)


def in_words(mistake: Mistake) -> str:
    lines = [f"Question: {mistake.question}", f"Step: {mistake.step}", f"What was wrong: {mistake.explanation}"]
    return "\n".join([*lines, *([f"Right: {mistake.corrected_text}"] if mistake.corrected_text else [])])


def told(mistakes: Sequence[Mistake]) -> list[dict[str, object]]:
    return [{name: value for name, value in asdict(mistake).items() if value is not None} for mistake in mistakes]


METHOD = Method(
    name="past_mistakes",
    title="Past mistakes",
    help="Shows another method errors that people found in similar problems, before it judges.",
    signal_source=None,
    prompts=("past_mistakes",),
    settings=PastMistakesSettings,
    expected_calls=lambda steps, settings: calls_of(wrapped(settings), steps),
    wants=lambda settings: (wanted(settings),),
    critique=critique,
)
