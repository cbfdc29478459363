"""How problems, chains and critiques are put to a model: prompts, completions, messages with images.

One wording for all training formats, so that a critic trained on one is asked the same way in another. The critique's
JSON is VISCO's: `{"step_1": {"correctness": …, "explanation": …}, …, "answer_correctness": …}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from annotations.core.critique_facts import visco_label
from annotations.core.schema import Critique, Problem, Response
from annotations.core.steps import step_texts
from annotations.exporters.base import Item, Option
from annotations.exporters.features import IMAGES, MESSAGES, TEXT, Columns

IMAGE_OPTION = Option(
    name="images",
    values=("inside", "none"),
    help="Images inside, with messages that hold a place for each; or text alone.",
)
ASK_SOLVE = "Answer the question about the image. Think step by step, then give the answer."
ASK_CRITIQUE = (
    "Another model answered a question about an image step by step. Judge every step and the answer. Reply in JSON: "
    '{"step_1": {"correctness": true or false, "explanation": what is wrong}, …, "answer_correctness": true or false}.'
)
ASK_REVISE = "Correct the solution by the critique. Think step by step, then give the answer."


def question_text(problem: Problem) -> str:
    options = "".join(f"\n({chr(ord('A') + place)}) {text}" for place, text in enumerate(problem.options))
    return problem.question + options


def steps_of(response: Response) -> tuple[str, ...]:
    return step_texts(response.source_text, response.steps or ())


def numbered(response: Response) -> str:
    return "\n".join(f"Step {number}: {text}" for number, text in enumerate(steps_of(response), 1))


def chain_text(response: Response) -> str:
    """The chain as it was written, with its answer behind it where the text does not end with it."""
    text = response.source_text.rstrip()
    if response.answer and not text.rstrip(". ").endswith(response.answer.rstrip(". ")):
        text += f"\n\nAnswer: {response.answer}"
    return text


def solve_prompt(problem: Problem) -> str:
    return f"{ASK_SOLVE}\n\nQuestion: {question_text(problem)}"


def critique_prompt(problem: Problem, response: Response) -> str:
    answer = response.answer if response.answer is not None else "(none given)"
    return f"{ASK_CRITIQUE}\n\nQuestion: {question_text(problem)}\n\n{numbered(response)}\n\nAnswer: {answer}"


def revise_prompt(problem: Problem, response: Response, critique: Critique) -> str:
    asked = f"Question: {question_text(problem)}\n\n{numbered(response)}\n\nAnswer: {response.answer or '(none given)'}"
    return f"{ASK_REVISE}\n\n{asked}\n\nCritique:\n{critique_text(critique)}"


def critique_text(critique: Critique) -> str:
    """VISCO's JSON of a critique; what was not judged is null."""
    told: dict[str, Any] = {
        f"step_{judgment.step}": {
            "correctness": visco_label(judgment),
            "explanation": " ".join(text for finding in judgment.findings for text in finding.explanations[:1]).strip(),
        }
        for judgment in critique.judgments
    }
    told["answer_correctness"] = {"correct": True, "neutral": True, "incorrect": False}.get(
        critique.answer.verdict or ""
    )
    return json.dumps(told, ensure_ascii=False)


def chat_columns(options: Mapping[str, str], *names: str) -> Columns:
    """Columns of these turns: text alone, or messages with the images beside them."""
    if options["images"] == "none":
        return dict.fromkeys(names, TEXT)
    return {**dict.fromkeys(names, MESSAGES), "images": IMAGES}


def chat_row(item: Item, options: Mapping[str, str], prompt: str, **completions: str) -> dict[str, Any]:
    """`prompt` and the completions by name, as `chat_columns` has them; as many image parts as images."""
    if options["images"] == "none":
        return {"prompt": prompt, **completions}
    parts = [{"type": "image", "text": None} for _ in item.problem.images]
    return {
        "prompt": [{"role": "user", "content": [*parts, {"type": "text", "text": prompt}]}],
        **{
            name: [{"role": "assistant", "content": [{"type": "text", "text": text}]}]
            for name, text in completions.items()
        },
        "images": images_of(item),
    }


def images_of(item: Item) -> list[dict[str, Any]]:
    return [{"bytes": item.image_bytes(image), "path": image.path or image.sha256} for image in item.problem.images]
