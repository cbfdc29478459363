"""Image ablation: any method without the image, with another problem's image, or with a written description instead.

Source: BALROG's comparison with and without visual input. What the image adds to a critic is the difference between its
critiques with and without it. An ablated critique says so in its author's settings (`ablation`), by which lists,
metrics and exports keep it apart; it goes around every other method, so that everything within is ablated alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from annotations.core.schema import Critique, Evidence
from workers.critics.base import Chain, Method, recipe
from workers.critics.interview import Interview
from workers.critics.wants import AnotherProblemsImages
from workers.critics.wrapping import Wrapping, author_of, calls_of, wrapped
from workers.engines.base import Engine

Ablation = Literal["none", "other", "description"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationSettings(Wrapping):
    ablation: Ablation = field(
        default="none",
        metadata={
            "help": "In the image's place: none, another problem's image, or a written description of it.",
            "choices": ("none", "other", "description"),
        },
    )


async def critique(chain: Chain, engine: Engine, settings: AblationSettings, *, seed: int = 0) -> Critique:
    interview = Interview.begin(chain, engine, seed)
    ablated, shown = await ABLATIONS[settings.ablation](interview)
    written = await wrapped(settings).critique(ablated, interview.engine, seed=seed)
    return replace(
        written,
        author=author_of(METHOD, chain, engine.description, settings),
        evidence=(Evidence(kind="ablation", content={"shown": settings.ablation, **shown}), *written.evidence),
        costs=interview.engine.costs(),
    )


async def without_image(interview: Interview) -> tuple[Chain, dict[str, Any]]:
    return replace(interview.chain, images=(), image_lines=(), image_descriptions=()), {}


async def another_image(interview: Interview) -> tuple[Chain, dict[str, Any]]:
    other = interview.chain.known(AnotherProblemsImages())
    chain = replace(interview.chain, images=other.images, image_lines=other.image_lines, image_descriptions=())
    return chain, {"problem": other.problem}


async def described(interview: Interview) -> tuple[Chain, dict[str, Any]]:
    """The people's description, where every image has one; else the model's own, if it sees, once per problem.

    Raises ValueError where nobody can describe the image.
    """
    chain = interview.chain
    texts = chain.image_descriptions
    if len(texts) != len(chain.images) or not all(texts):
        if not interview.engine.description.sees_images:
            raise ValueError(
                "expected a written description of each image, found none, and this model does not see: import "
                "descriptions with the images, or choose a model that sees"
            )
        engine = interview.engine.description
        how = recipe(chain.prompt("describe_image").hash, engine.model, engine.weights)
        texts = (await chain.once("description", how, lambda: interview.write("describe_image", max_new_tokens=256)),)
        chain = replace(chain, images=chain.images[:1])  # one text for all of them
    return replace(chain, described=True, image_descriptions=texts), {"descriptions": list(texts)}


ABLATIONS = {"none": without_image, "other": another_image, "description": described}

METHOD = Method(
    name="ablation",
    title="Image ablation",
    help="Another method without the image, with another problem's image, or with a written description instead.",
    signal_source=None,
    prompts=("describe_image",),
    settings=AblationSettings,
    expected_calls=lambda steps, settings: calls_of(wrapped(settings), steps) + (settings.ablation == "description"),
    wants=lambda settings: (AnotherProblemsImages(),) if settings.ablation == "other" else (),
    critique=critique,
)
