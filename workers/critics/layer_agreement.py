"""Layer agreement: how early in the model its reading of a step settles, as the confidence of any method's critique.

Source: "Calibrating Reasoning in Language Models with Internal Consistency". After each layer the model's own head
reads the token that says whether the step is true ("logit lens"). The share of earlier layers whose reading agrees with
the last one's is the agreement: a model that only makes up its mind at the end is less to be trusted.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass, replace

from annotations.core.schema import Critique, Evidence
from workers.critics.base import Chain, Method
from workers.critics.interview import Interview
from workers.critics.p_true import TRUE_OR_FALSE
from workers.critics.wrapping import Wrapping, author_of, calls_of, wrapped
from workers.engines.base import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerAgreementSettings(Wrapping):
    """Nothing but the method within."""


async def critique(chain: Chain, engine: Engine, settings: LayerAgreementSettings, *, seed: int = 0) -> Critique:
    interview = Interview.begin(chain, engine, seed)
    written = await wrapped(settings).critique(chain, interview.engine, seed=seed)
    judged = [judgment.step for judgment in written.judgments if judgment.state == "judged"]
    readings = dict(zip(judged, await gather(*(read(interview, step) for step in judged)), strict=True))
    return replace(
        written,
        author=author_of(METHOD, chain, engine.description, settings),
        judgments=tuple(
            replace(judgment, confidence=agreement(readings[judgment.step])) if judgment.step in readings else judgment
            for judgment in written.judgments
        ),
        evidence=(
            *written.evidence,
            *(
                Evidence(
                    kind="layer_agreement",
                    step=step,
                    content={"agreement": agreement(layers), "true_by_layer": [round(true, 4) for true in layers]},
                )
                for step, layers in readings.items()
            ),
        ),
        costs=interview.engine.costs(),
    )


async def read(interview: Interview, step: int) -> list[float]:
    """The probability of "True" for this step after each layer, first to last."""
    rows = await interview.engine.layers(
        interview.messages(
            "p_true",
            {
                "own_answers": "",
                "steps": interview.chain.numbered(step - 1) or "(none)",
                "claim": interview.chain.steps[step - 1],
            },
        ),
        TRUE_OR_FALSE,
    )
    return [true for true, _ in rows]


def agreement(true_by_layer: Sequence[float]) -> float:
    """Share of the layers before the last that lean to the last one's side of ½; 1 where there is only one."""
    *earlier, last = (true > 0.5 for true in true_by_layer)
    return sum(side == last for side in earlier) / len(earlier) if earlier else 1.0


METHOD = Method(
    name="layer_agreement",
    title="Layer agreement",
    help="Another method judges; the share of the model’s layers that agree with the last becomes the confidence.",
    signal_source="layers",
    needs=frozenset({"layers"}),
    prompts=("p_true",),
    settings=LayerAgreementSettings,
    expected_calls=lambda steps, settings: calls_of(wrapped(settings), steps) + steps,
    critique=critique,
)
