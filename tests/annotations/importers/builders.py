"""Small files of each format: one record that is as plain as can be, and a way to say what is different about it."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

from annotations.core import codec
from annotations.core.images import ImageError
from annotations.core.schema import Author, Critique, Finding, Image, Judgment, Problem, Response, Span
from annotations.importers.base import Located, Outcome, RecordError, Source, formats
from annotations.importers.mapping import parse_mapping
from tests.builders import png

CRITIC = Author(kind="critic", name="scripted", method="direct", engine="scripted", model="scripted-1")


def visco_record(id: Any = "test1||Reasoning||Math||MathVista||5", **fields: Any) -> dict[str, Any]:
    """Two steps, the second wrong with three explanations; `fields` replace its own or come after them."""
    record = {
        "id": id,
        "question": "How many bars are taller than 5?",
        "image": base64.b64encode(png()).decode(),
        "label": "3",
        "response": {"reasoning": ["There are 4 bars.", "All 4 are taller than 5."], "answer": "4"},
        "answer_correctness": False,
        "reasoning_correctness": [True, False],
        "reasoning_critic": [["", "", ""], ["Only 3 are.", "One is shorter.", "The last bar is 4."]],
        "meta_data": {"critic_superskill": "Reasoning", "critic_skill": "Math", "src_dataset": "MathVista",
                      "src_model": "GPT-4o", "split": "testmini"},
    }  # fmt: skip
    return {**record, **fields}


def output_record(**fields: Any) -> dict[str, Any]:
    """A critic's output for `visco_record`: it misses the answer and finds the step."""
    formatted = {
        "answer_correctness": True,
        "reasoning_correctness": [True, False],
        "reasoning_critic": ["", "I count 3."],
    }
    return {"response": "raw words", "formatted": formatted, "format_error": False, **fields}


def jsonl(*records: Any) -> bytes:
    """Text and bytes are lines as they are."""
    lines = [record if isinstance(record, (str, bytes)) else json.dumps(record) for record in records]
    return b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)


def native(*problems: Problem) -> bytes:
    return jsonl(*(codec.dump(problem) for problem in problems))


def a_problem_record(key: str = "p1", *responses: Response, **fields: Any) -> Problem:
    return Problem(key=key, question="How many?", responses=responses, **fields)


def a_response_record(key: str = "r1", text: str = "First this.\n\nThen that.", **fields: Any) -> Response:
    return Response(key=key, source_text=text, **fields)


def a_critique_record(key: str = "c1", author: Author = CRITIC, **fields: Any) -> Critique:
    """Of a response of two steps: the second is wrong, with a marked span."""
    finding = Finding(
        error_type="reasoning/logic", explanations=("It does not follow.",), marks=(Span(start=0, end=4),)
    )
    judgments = (
        Judgment(step=1, verdict="correct"),
        Judgment(step=2, verdict="incorrect", own_error=True, findings=(finding,)),
    )
    return Critique(**{"key": key, "author": author, "judgments": judgments, "stage": "model", **fields})


def an_inside_image(content: bytes | None = None) -> Image:
    return Image(base64=base64.b64encode(content or png()).decode())


def outcomes(format: str, content: bytes, output: bytes | None = None) -> list[Outcome]:
    source = Source(io.BytesIO(content), io.BytesIO(output) if output is not None else None, "GPT")
    return list(formats()[format].read(source))


def records(format: str, content: bytes, output: bytes | None = None) -> list[Problem]:
    found = outcomes(format, content, output)
    assert not [str(outcome) for outcome in found if isinstance(outcome, RecordError)]
    return [outcome.record for outcome in found if isinstance(outcome, Located)]


def errors(format: str, content: bytes, output: bytes | None = None) -> list[RecordError]:
    return [outcome for outcome in outcomes(format, content, output) if isinstance(outcome, RecordError)]


def mapped(format: str, content: bytes, mapping: dict[str, Any], **source: Any) -> list[Outcome]:
    """Of a format that needs one, by this mapping (as JSON)."""
    given = Source(io.BytesIO(content), mapping=parse_mapping(mapping), **source)
    return list(formats()[format].read(given))


def mapped_record(format: str, record: Any, mapping: dict[str, Any], **source: Any) -> Located:
    (found,) = mapped(format, json.dumps([record]).encode(), mapping, **source)
    assert isinstance(found, Located), str(found)
    return found


def a_folder(**images: bytes) -> Any:
    """Images beside a file, by name (`cat="…"` lies at cat.png), without a disk."""

    class Held:
        def read(self, path: str) -> bytes:
            if path.removesuffix(".png") not in images:
                raise ImageError("the path of a file", path)
            return images[path.removesuffix(".png")]

    return Held()
