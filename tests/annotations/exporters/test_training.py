"""Every training format: what makes a row, what does not and why, and what a trainer finds in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotations.core.schema import Finding, Span
from annotations.exporters.base import formats
from annotations.exporters.shaped_reward import shaped_reward
from annotations.exporters.tables import SPLITS, split_of
from tests.annotations.exporters.training import (
    ANN,
    BOB,
    CRITIC,
    a_full_problem,
    correction,
    critique,
    gold,
    response,
    rows,
    text,
    written,
    written_of,
)


def test_prm_has_one_label_a_step_and_ends_before_an_unlabelled_one() -> None:
    (row,) = rows("prm", response(gold("cin")))
    assert (row["completions"], row["labels"]) == (["One.", "Two.", "So 3."], [True, False, True])
    (row,) = rows("prm", response(gold("ci-")))
    assert row["labels"] == [True, False] and len(row["completions"]) == 2
    kept = written("prm", response(gold("-cc")), response(key="bare"))
    assert kept.skipped == ["no labelled step before the first unlabelled one", "no reference label"]


@pytest.mark.parametrize(
    ("options", "labels"),
    [({"neutral": "incorrect"}, [True, False]), ({"neutral": "unlabelled"}, [True]), ({"unlabelled": "drop"}, None),
     ({"unlabelled": "minus_100"}, [1, 1, -100])],
)  # fmt: skip
def test_prm_takes_neutral_and_unlabelled_steps_as_the_recipe_says(options: dict[str, str], labels: Any) -> None:
    made = rows("prm", response(gold("cn-")), options=options)
    assert [row["labels"] for row in made] == ([labels] if labels else [])


def test_prm_steps_hold_no_line_breaks_since_the_trainer_joins_by_them() -> None:
    (row,) = rows("prm", response(gold("c"), steps=("a\nb",)))
    assert row["completions"] == ["a b"]


def test_people_are_counted_by_majority_and_a_tie_is_unlabelled() -> None:
    judged = response(critique("cii"), critique("cic", by=BOB))
    (row,) = rows("prm", judged, options={"labels": "people"})
    assert row["labels"] == [True, False]


def test_math_shepherds_tags_become_signs_and_its_importer_reads_them_back() -> None:
    from tests.annotations.importers.builders import jsonl, records

    (row,) = rows("math_shepherd", response(gold("cic")))
    assert row["label"] == "How many? Step 1: One. +\nStep 2: Two. -\nStep 3: So 3. +"
    (problem,) = records("math_shepherd", jsonl(row))
    assert [one.verdict for one in problem.responses[0].critiques[0].judgments] == ["correct", "incorrect", "correct"]
    assert written("math_shepherd", response(gold("c"), steps=("Nur ки.",))).skipped


@pytest.mark.parametrize(("steps", "label"), [("cic", 1), ("icc", 0), ("ccc", -1), ("ci-", 1)])
def test_processbench_counts_from_0(steps: str, label: int) -> None:
    (row,) = rows("processbench", response(gold(steps)))
    assert row["label"] == label


def test_processbench_leaves_out_a_first_error_that_is_not_certain() -> None:
    assert written("processbench", response(gold("-ic"))).skipped == ["a first error that is not certain"]
    assert written("processbench", response(gold("cc-"))).skipped == ["a first error that is not certain"]


def wrong_second(*corrected: str) -> Any:
    return gold("cic", findings={2: tuple(Finding(corrected_text=one, explanations=("No.",)) for one in corrected)})


def test_step_preferences_share_their_prefix_and_unflagged_steps_make_none() -> None:
    (row,) = rows("step_dpo", response(wrong_second("Deux.")))
    assert text(row["prompt"]).endswith("Step 1: One.")
    assert (text(row["chosen"]), text(row["rejected"]), row["step"]) == ("Step 2: Deux.", "Step 2: Two.", 2)
    assert written("step_dpo", response(wrong_second())).skipped == ["a flagged step without a corrected text"]
    assert rows("step_dpo", response(wrong_second("Two."))) == []


def test_minimal_edits_touch_flagged_steps_only_and_keep_within_the_bound() -> None:
    (row,) = rows("minimal_edits", response(wrong_second("Twos.")))
    assert text(row["chosen"]) == "One.\nTwos.\nSo 3."
    assert "".join(part["text"] for part in row["diff"] if part["change"] != "insert") == "Two."
    assert 0 < row["distance"] <= 0.3
    far = written("minimal_edits", response(wrong_second("Something else altogether, and long.")))
    assert far.skipped == ["a distance above the bound"]


@pytest.mark.parametrize(("effect", "chosen"), [("fixed", "So 4."), ("broke", "So 3.")])
def test_a_correction_that_changed_the_answer_makes_a_pair_with_the_right_one_chosen(effect: str, chosen: str) -> None:
    (row,) = rows("dpo_corrections", response(critique("ccc", key="k")), correction(effect))
    assert chosen in text(row["chosen"])
    assert chosen not in text(row["rejected"])


@pytest.mark.parametrize("effect", ["unchanged", "unparsed"])
def test_a_correction_that_changed_nothing_makes_no_pair(effect: str) -> None:
    kept = written("dpo_corrections", response(critique("ccc", key="k")), correction(effect))
    assert kept.skipped == [f"a correction whose effect is {effect}"]
    assert kept.files == {"train.parquet": []}


def test_of_a_person_and_a_critic_the_person_is_chosen_and_identical_texts_make_none() -> None:
    person, critic = gold("cic", answer="i"), critique("ccc", by=CRITIC, answer="c", run="run-1")
    (row,) = rows("human_against_critic", response(person, critic))
    assert json.loads(text(row["chosen"]))["step_2"]["correctness"] is False
    assert (row["critic"], row["model"], row["run"]) == ("direct", "m1", "run-1")
    same = written("human_against_critic", response(person, critique("cic", by=CRITIC, answer="i")))
    assert same.skipped == ["a critic's critique that says what the person's says"]


def test_the_best_critique_agrees_more_than_the_worst_and_a_tie_makes_none() -> None:
    samples = [critique(steps, by=CRITIC, sample=n) for n, steps in enumerate(("ccc", "cic", "?ic"))]
    (row,) = rows("best_against_worst", response(gold("cic"), *samples))
    assert (row["chosen_agreement"], row["rejected_agreement"]) == (1, 2 / 3)
    assert row["chosen_agreement"] > row["rejected_agreement"]
    tie = written("best_against_worst", response(gold("cic"), samples[0], critique("iic", by=CRITIC, sample=1)))
    assert tie.skipped == ["a critic whose critiques of the chain agree alike with the label"]


def test_of_critiques_the_one_that_fixed_is_chosen_over_the_one_that_misled() -> None:
    first, second = critique("cii", key="a"), critique("cci", key="b", by=CRITIC)
    made = rows(
        "effect_pairs",
        response(first, second),
        correction("fixed", guided_by="a", key="f1"),
        correction("broke", guided_by="b", key="f2"),
    )
    assert [(row["chosen_author"], row["chosen_effect"], row["rejected_effect"]) for row in made] == [("person", 1, -1)]


@pytest.mark.parametrize(
    ("steps", "answer", "label"), [("ccc", "c", True), ("cic", "c", False), ("ccc", "i", False), ("c-c", "c", None)]
)
def test_kto_takes_what_is_decided_whole(steps: str, answer: str, label: bool | None) -> None:
    made = rows("kto", response(gold(steps, answer=answer)))
    assert [row["label"] for row in made] == ([] if label is None else [label])


def test_a_reward_pair_prefers_the_better_chain_by_its_margin() -> None:
    good = response(gold("ccc", answer="c"), key="good", answer="4")
    bad = response(gold("cii", answer="i"), key="bad")
    (row,) = rows("reward", good, bad)
    assert row["chosen"][1]["content"].endswith("Answer: 4")
    assert row["margin"] == pytest.approx(1 - 1 / 4)
    assert rows("reward", good, response(gold("ccc", answer="c"), key="same")) == []


def test_a_critic_learns_its_own_words_where_it_came_to_the_same_verdicts() -> None:
    label = gold("cic", answer="i", findings={2: (Finding(explanations=("By a person.",)),)})
    own = critique("cic", by=CRITIC, answer="i", findings={2: (Finding(explanations=("By a critic.",)),)})
    (plain,) = rows("sft_critic", response(label, own))
    (mixed,) = rows("sft_critic", response(label, own), options={"mix": "s3ft"})
    (other,) = rows("sft_critic", response(label, critique("ccc", by=CRITIC)), options={"mix": "s3ft"})
    assert [row["source"] for row in (plain, mixed, other)] == ["gold", "critic", "gold"]
    assert "By a critic." in text(mixed["completion"])


def test_a_refinement_needs_a_correction_that_came_out_right_and_says_whose_critique_it_was() -> None:
    by_critic = critique("cic", key="k", by=CRITIC)
    (row,) = rows("refinements", response(by_critic), correction("fixed"))
    assert (row["silver"], row["effect"], row["round"]) == (True, "fixed", 1)
    assert text(row["completion"]).startswith("One.")
    assert written("refinements", response(by_critic), correction("broke")).skipped == [
        "a correction that did not come out right"
    ]


@pytest.mark.parametrize(
    ("before", "after", "reward"), [(True, True, 1), (False, True, 2), (False, False, 0), (True, False, -1)]
)
def test_the_shaped_reward_of_all_four_transitions(before: bool, after: bool, reward: float) -> None:
    assert shaped_reward(before, after) == reward


def test_two_turns_say_whether_they_are_by_one_model() -> None:
    original = response(critique("cic", key="k"), generator="g", checkpoint="1")
    (same,) = rows("two_turns", original, correction("fixed", generator="g", checkpoint="1"))
    (other,) = rows("two_turns", original, correction("fixed", generator="g", checkpoint="2"))
    assert (same["on_policy"], other["on_policy"]) == (True, False)
    assert (same["transition"], same["reward"]) == ("wrong_right", 2)


def test_rewards_fall_on_the_annotated_step_and_category() -> None:
    found = Finding(error_type="perception/count", severity="minor", marks=(Span(start=0, end=3),))
    one, two, three = rows("step_rewards", response(gold("ci-", findings={2: (found,)})))
    assert (one["reward_perception"], two["reward_perception"], three["reward_perception"]) == (0, -1, None)
    assert (two["reward_reasoning"], two["reward_other"]) == (0, 0)
    assert two["spans"] == [{"start": 0, "end": 3, "error_type": "perception/count", "severity": "minor"}]


def test_the_tables_have_a_row_for_each_and_name_no_person() -> None:
    found = Finding(error_type="perception/count", explanations=("No.",), marks=(Span(start=0, end=3),))
    judged = response(critique("ci-", by=ANN, findings={2: (found,)}), critique("ccc", by=CRITIC))
    made = rows("judgments", judged)
    assert [(row["author"], row["step"], row["flagged"]) for row in made][:3] == [
        ("A", 1, False),
        ("A", 2, True),
        ("A", 3, False),
    ]
    assert len(made) == 6
    (finding,) = rows("findings", judged)
    assert (finding["error_type"], finding["error_subtype"], finding["spans"][0]["text"]) == (
        "perception",
        "count",
        "Two",
    )
    assert "Ann" not in json.dumps([*made, finding])


WITH_IMAGES = [name for name, format in formats().items() if any(one.name == "images" for one in format.options)
               and name != "native"]  # fmt: skip


@pytest.mark.parametrize("name", WITH_IMAGES)
def test_messages_hold_as_many_places_as_there_are_images_and_text_rows_have_none(name: str) -> None:
    row, *_ = written_of(name, a_full_problem(pictures=2)).files["train.parquet"]
    if "prompt" in row:
        places = [part for part in row["prompt"][0]["content"] if part["type"] == "image"]
    else:
        places = row["conversations"][0]["value"].split("<image>")[1:]
    assert len(places) == len(row["images"]) == 2
    assert row["images"][0] == {"bytes": b"png", "path": "1.png"}
    plain, *_ = written_of(name, a_full_problem(), options={"images": "none"}).files["train.parquet"]
    assert isinstance(plain.get("prompt", ""), str)
    assert "images" not in plain


TABLES = [name for name, format in formats().items() if any(one.name == "container" for one in format.options)]


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_exactly_the_declared_columns_and_an_empty_dataset_has_a_file(name: str) -> None:
    kept = written_of(name, a_full_problem())
    for file, made in kept.files.items():
        assert made and all(list(row) == list(kept.columns[file]) for row in made)
    assert written(name).files == {"train.parquet": []}


def test_a_problem_stays_in_its_split_whatever_else_is_published() -> None:
    keys = [f"problem-{number}" for number in range(2000)]
    for split, shares in SPLITS.items():
        found = [split_of(key, split) for key in keys]
        assert found == [split_of(key, split) for key in keys]
        share = found.count("train") / len(keys)
        assert share == pytest.approx(shares[0][1], abs=0.03)
