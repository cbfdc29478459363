"""Checklist: yes-or-no questions that a right chain would pass, made once per problem, answered per response.

Source: TICK (generated checklists). The questions are made from the problem's question alone, so that every response to
it, whoever judges, is held against the same list. Each is answered by itself; a "no" names the step that fails, and
becomes a finding there. Whether the final answer is right is asked like the rest.
"""

from __future__ import annotations

from asyncio import gather
from dataclasses import dataclass, field
from typing import Any

from annotations.core.schema import AnswerJudgment, Critique, Evidence, Finding, Judgment
from workers.critics.base import Chain, Method, Unparsed, check_ranges, recipe
from workers.critics.interview import Interview
from workers.critics.reply import text_of, texts_of
from workers.critics.verdicts import object_schema
from workers.critics.wrapping import author_of
from workers.engines.base import Engine

IS_IT_RIGHT = "Is the final answer correct?"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistSettings:
    questions: int = field(default=5, metadata={"help": "Most questions of the checklist.", "range": (1, 20)})

    def __post_init__(self) -> None:
        check_ranges(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question with its answer: passed, failed at a step, or None where the reply did not parse."""

    question: str
    passed: bool | None
    step: int | None = None
    why: str = ""

    def content(self) -> dict[str, Any]:
        answer = {True: "yes", False: "no", None: "unparsed"}[self.passed]
        return {"question": self.question, "answer": answer, "step": self.step, "why": self.why}


async def critique(chain: Chain, engine: Engine, settings: ChecklistSettings, *, seed: int = 0) -> Critique:
    interview = Interview.begin(chain, engine, seed)
    try:
        questions = await make_checklist(interview, settings)
    except Unparsed as why:
        questions, notes = [], [str(why)]
    else:
        notes = []
    asked = [*questions, IS_IT_RIGHT] if chain.answer is not None else questions
    items = await gather(*(answer(interview, question) for question in asked))
    on_answer = items[-1] if chain.answer is not None else None
    of_list = items[: len(questions)]
    return Critique(
        author=author_of(METHOD, chain, engine.description, settings),
        judgments=tuple(_judgment(step, of_list) for step in range(1, len(chain.steps) + 1)),
        answer=_answer_judgment(on_answer),
        evidence=(
            *interview.seen.evidence,
            Evidence(kind="checklist", content={"items": [item.content() for item in items]}),
        ),
        stage="model",
        costs=interview.engine.costs(),
        extra={"notes": notes},
    )


async def make_checklist(interview: Interview, settings: ChecklistSettings) -> list[str]:
    """From the question alone, once per problem. Raises Unparsed."""
    chain, most = interview.chain, settings.questions

    async def make() -> list[str]:
        question = {"type": "string", "minLength": 8, "maxLength": 160}
        listed = {"type": "array", "items": question, "minItems": 1, "maxItems": most}
        said = await interview.tell("checklist_make", object_schema({"checklist": listed}), max_new_tokens=64 * most)
        questions = texts_of(said.get("checklist"), most)
        if not questions:
            raise Unparsed("the checklist did not parse")
        return questions

    return await chain.once("checklist", recipe(chain.prompt("checklist_make").hash, most), make)


async def answer(interview: Interview, question: str) -> Item:
    step = {"enum": list(range(1, len(interview.chain.steps) + 1))}
    failed = object_schema({"answer": {"const": "no"}, "step": step, "why": {"type": "string", "maxLength": 160}})
    schema = {"anyOf": [object_schema({"answer": {"const": "yes"}}), failed]}
    said = await interview.tell("checklist_answer", schema, max_new_tokens=120, item=question)
    number = said.get("step")
    if said.get("answer") == "yes":
        return Item(question=question, passed=True)
    if said.get("answer") != "no" or number not in step["enum"]:
        return Item(question=question, passed=None)
    return Item(question=question, passed=False, step=number, why=text_of(said.get("why")))


def _judgment(step: int, items: list[Item]) -> Judgment:
    """A step at which no question failed has passed, if any question was answered at all."""
    if all(item.passed is None for item in items):
        return Judgment(step=step, state="unparsed")
    failed = [item for item in items if item.passed is False and item.step == step]
    if not failed:
        return Judgment(step=step, verdict="correct", own_error=False)
    findings = tuple(Finding(explanations=(f"{item.question} No. {item.why}".strip(),)) for item in failed)
    return Judgment(step=step, verdict="incorrect", origin_unknown=True, findings=findings)


def _answer_judgment(item: Item | None) -> AnswerJudgment:
    if item is None:
        return AnswerJudgment()
    if item.passed is None:
        return AnswerJudgment(state="unparsed")
    return AnswerJudgment(verdict="correct" if item.passed else "incorrect", state="judged")


METHOD = Method(
    name="checklist",
    title="Checklist",
    help="Makes yes-or-no questions once per problem and answers them for each response; failures become findings.",
    signal_source="verbal",
    prompts=("checklist_make", "checklist_answer"),
    settings=ChecklistSettings,
    expected_calls=lambda steps, settings: 2 + settings.questions,
    critique=critique,
)
