"""What every corpus has in common, on real samples where there are any: good records, kept labels, nothing invented.

`CONSTRUCTED` says which samples are not real data.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import pytest

from annotations.core.schema import Critique, Problem
from annotations.core.steps import SEGMENTATION_RULE, split_steps
from annotations.core.taxonomy import Taxonomy
from annotations.core.validation import check_critique
from annotations.importers.base import Located, Source, formats
from tests.samples import sample

CONSTRUCTED = {"processbench", "math_shepherd"}
# format, sample, records, responses, critiques, labels of steps by state or verdict
SAMPLES = [
    ("big_bench_mistake", "big_bench_mistake/dyck_languages.jsonl", 40, 40, 40,
     {"correct": 504, "incorrect": 24, "unlabelled": 339}),
    ("big_bench_mistake", "big_bench_mistake/logical_deduction.jsonl", 40, 40, 40,
     {"correct": 100, "incorrect": 40, "unlabelled": 196}),
    ("big_bench_mistake", "big_bench_mistake/multistep_arithmetic.jsonl", 40, 40, 40,
     {"correct": 103, "incorrect": 32, "unlabelled": 65}),
    ("big_bench_mistake", "big_bench_mistake/tracking_shuffled_objects.jsonl", 40, 40, 40,
     {"correct": 122, "incorrect": 36, "unlabelled": 58}),
    ("big_bench_mistake", "big_bench_mistake/word_sorting.jsonl", 40, 40, 40,
     {"correct": 199, "incorrect": 35, "unlabelled": 240}),
    ("stepverify", "stepverify/sample.jsonl", 80, 80, 80, {"correct": 164, "incorrect": 80, "unlabelled": 225}),
    ("processbench", "formats/processbench.jsonl", 1, 1, 1, {"correct": 1, "incorrect": 1, "unlabelled": 1}),
    ("mr_ben", "mr_ben/sample.jsonl", 80, 80, 80, {"correct": 465, "incorrect": 53, "unlabelled": 456}),
    ("mr_gsm8k", "mr_gsm8k/claude2_critiques_graded.jsonl", 60, 60, 120,
     {"correct": 274, "incorrect": 120, "unlabelled": 436}),
    ("mr_gsm8k", "mr_gsm8k/metamath70b_critiques_graded.jsonl", 22, 22, 44,
     {"correct": 128, "incorrect": 44, "unlabelled": 146}),
    ("prm800k", "prm800k_one_record/record.jsonl", 1, 1, 1, {"neutral": 2, "incorrect": 1}),
    ("math_shepherd", "formats/math_shepherd.jsonl", 1, 1, 1, {"correct": 1, "incorrect": 1}),
    ("real_critic", "realcritic/sample.jsonl", 60, 60, 60, {"unlabelled": 453}),
    ("meta_critique", "metacritique/annotation_data.jsonl", 60, 60, 240, {"unlabelled": 544}),
    ("fine_grained_rlhf", "finegrained_rlhf/dev_feedback.jsonl", 60, 297, 60, {"correct": 66, "incorrect": 140}),
    ("vsr", "vsr_votes/sample.jsonl", 300, 300, 1202, {"correct": 622, "incorrect": 580}),
    ("mulberry", "mulberry/output_examples.jsonl", 4, 14, 11, {"unlabelled": 70}),
    ("puzzle_vqa", "puzzlevqa/sample.jsonl", 40, 40, 40, {"correct": 120}),
    ("math_questions", "math_vision/questions.jsonl", 40, 0, 0, {}),
]  # fmt: skip
SCALE = ("correct", "incorrect", "neutral", "unsure")


def read(format: str, path: Path) -> list[Problem]:
    with path.open("rb") as file:
        outcomes = list(formats()[format].read(Source(file)))
    assert all(isinstance(outcome, Located) for outcome in outcomes), [str(one) for one in outcomes][:3]
    return [outcome.record for outcome in outcomes if isinstance(outcome, Located)]


def critiques_of(problems: list[Problem]) -> list[Critique]:
    return [one for problem in problems for response in problem.responses for one in response.critiques]


@pytest.mark.parametrize(
    ("format", "path", "records", "responses", "critiques", "labels"), SAMPLES, ids=[row[1] for row in SAMPLES]
)
def test_a_sample_comes_in_whole(
    format: str, path: str, records: int, responses: int, critiques: int, labels: dict[str, int]
) -> None:
    problems = read(format, sample(path))
    assert len(problems) == records
    assert sum(len(problem.responses) for problem in problems) == responses
    found = critiques_of(problems)
    assert len(found) == critiques
    assert Counter(one.verdict or one.state for critique in found for one in critique.judgments) == labels


@pytest.mark.parametrize(("format", "path"), [row[:2] for row in SAMPLES], ids=[row[1] for row in SAMPLES])
def test_every_critique_of_a_sample_may_be_stored_and_every_key_is_its_own(format: str, path: str) -> None:
    problems = read(format, sample(path))
    responses = [response for problem in problems for response in problem.responses]
    for response in responses:
        split = dataclasses.replace(
            response,
            steps=response.steps or split_steps(response.source_text),
            segmentation=response.segmentation or SEGMENTATION_RULE,
        )
        for critique in response.critiques:
            assert not check_critique(critique, split, scale=SCALE, taxonomy=Taxonomy(), images=1)
    for keys in (
        [response.key for response in responses],
        [critique.key for critique in critiques_of(problems)],
    ):
        assert [key for key, count in Counter(keys).items() if count > 1] == []


@pytest.mark.parametrize(
    "format", ["big_bench_mistake", "stepverify", "processbench", "mr_ben", "mr_gsm8k", "reason_eval"]
)
def test_corpora_of_the_first_error_never_call_a_later_step_correct(format: str) -> None:
    paths = [row[1] for row in SAMPLES if row[0] == format]
    for path in paths:
        for critique in critiques_of(read(format, sample(path))):
            seen = False
            for judgment in critique.judgments:
                assert not (seen and judgment.verdict == "correct")
                seen = seen or judgment.verdict == "incorrect"


def test_every_format_says_what_it_is() -> None:
    for format in formats().values():
        assert format.title
        assert format.help.endswith(".")
        assert all(suffix.startswith(".") for suffix in format.suffixes)
