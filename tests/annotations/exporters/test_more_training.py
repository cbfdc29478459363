"""Formats from rollouts, from critics' own words, from what people said later, and in the shape of other projects."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from annotations.core.schema import Author, Evidence, Finding, Reaction
from annotations.exporters import autorater
from annotations.exporters.masked_chains import MASK, masked
from annotations.exporters.shaped_reward import reward_function
from tests.annotations.exporters.training import (
    AT,
    BASE,
    BOB,
    CRITIC,
    TUNED,
    correction,
    critique,
    gold,
    rating,
    response,
    rollouts,
    rows,
    text,
    written,
)

# --- From rollouts --------------------------------------------------------------------------------------------------


def test_advantages_telescope_and_a_prefix_without_rollouts_is_null_and_never_zero() -> None:
    sets = (rollouts("rw", after=0), rollouts("rrrw", after=1), rollouts("??", after=2), rollouts("r", after=3))
    (row,) = rows("step_advantages", response(gold("cic", answer="i"), rollout_sets=sets))
    assert row["values"] == [0.5, 0.75, None, 1]
    assert row["advantages"] == [0.25, None, None]
    assert (row["rollouts"], row["labels"], row["answer_right"]) == ([2, 4, 0, 1], [True, False, True], False)
    whole = (*sets[:2], rollouts("w", after=2), sets[3])
    (row,) = rows("step_advantages", response(rollout_sets=whole))
    assert sum(row["advantages"]) == row["values"][-1] - row["values"][0]


def test_a_wrong_chain_without_rollouts_goes_out_with_nulls_and_its_labels() -> None:
    (row,) = rows("step_advantages", response(gold("ci-")))
    assert (row["advantages"], row["values"], row["rollouts_by"]) == ([None] * 3, [None] * 4, None)
    assert row["labels"] == [True, False, None]
    assert written("step_advantages", response()).skipped == ["neither rollouts nor a reference label"]


def test_rollouts_of_two_generators_are_never_mixed() -> None:
    other = Author(kind="critic", name="another", method="rollout")
    sets = (rollouts("r", after=0), rollouts("w", after=0, key="b"))
    held = response(rollout_sets=(sets[0], replace(sets[1], generator=other)))
    assert [row["values"][0] for row in rows("step_advantages", held)] == [1, 0]


def test_a_right_rollout_is_chosen_over_a_wrong_one_of_the_same_prefix() -> None:
    made = rows("rollout_pairs", response(rollout_sets=(rollouts("rwr", after=1), rollouts("rr", after=2))))
    (row,) = made
    assert (text(row["chosen"]), text(row["rejected"])) == ("r0", "w1")
    assert text(row["prompt"]).endswith("Step 1: One.")
    assert (row["after_step"], row["success"]) == (1, 2 / 3)


def test_behind_a_finding_the_prefix_ends_with_its_corrected_text() -> None:
    found = gold("cic", key="k", findings={2: (Finding(corrected_text="Deux."),)})
    held = rollouts("rw", after=2, critique="k", finding=1)
    (row,) = rows("rollout_pairs", response(found, rollout_sets=(held,)))
    assert text(row["prompt"]).endswith("Step 1: One.\nStep 2: Deux.")
    gone = written("rollout_pairs", response(rollout_sets=(held,)))
    assert gone.skipped == ["rollouts behind a finding that does not go out"]


# --- What critics made by themselves --------------------------------------------------------------------------------


def ranked(run: str, *steps: str) -> list[Any]:
    return [critique(one, by=CRITIC, run=run, key=f"{run}{n}") for n, one in enumerate(steps)]


def chains(earlier: tuple[str, ...], later: tuple[str, ...]) -> list[Any]:
    pairs = zip(ranked("a", *earlier), ranked("b", *later), strict=True)
    return [response(*pair, key=f"r{n}", answer=str(n)) for n, pair in enumerate(pairs)]


@pytest.mark.parametrize(
    ("later", "weight"), [(("ccc", "cci", "iii"), 1), (("iii", "cci", "ccc"), 0), (("cci", "ccc", "iii"), 2 / 3)]
)
def test_two_versions_that_rank_alike_weigh_1_and_reversed_ones_0(later: tuple[str, ...], weight: float) -> None:
    (row,) = rows("consistency_pairs", *chains(("ccc", "cci", "iii"), later))
    assert row["weight"] == pytest.approx(weight)
    assert row["chosen_score"] > row["rejected_score"]
    assert row["response"] == f"r{later.index('ccc')}"


def test_the_bound_on_the_weight_drops_the_pairs_below_it() -> None:
    held = chains(("ccc", "cci", "iii"), ("iii", "cci", "ccc"))
    kept = written("consistency_pairs", *held, options={"least_weight": "50"})
    assert kept.skipped == ["a weight below the bound"]


def test_a_tuned_critic_is_chosen_over_its_base_where_nobody_judged_and_every_row_says_weak() -> None:
    pair = critique("cic", by=TUNED, run="1"), critique("ccc", by=BASE)
    kept = written("strong_weak", response(*pair, critique("iic", by=TUNED, run="2")))
    made = kept.files["train.parquet"]
    assert [(row["strong_critic"], row["weak_critic"], row["iteration"]) for row in made] == [
        ("tuned", "base", 1),
        ("tuned", "base", 2),
    ]
    assert kept.counted == {"weak": {"true": 2}}
    assert written("strong_weak", response(gold("ccc"), *pair)).skipped == ["a chain that has a label"]
    named = {"strong": "base", "base": "tuned"}
    (turned,) = rows("strong_weak", response(*pair), options=named)
    assert turned["strong_critic"] == "base"


def test_weak_and_silver_and_synthetic_rows_are_in_no_gold_format() -> None:
    held = response(critique("cic", by=TUNED), critique("ccc", by=BASE))
    for format in ("prm", "sft_critic", "kto", "mistakes", "processbench"):
        assert rows(format, held) == []


def test_a_critics_critique_is_silver_once_its_correction_came_out_right() -> None:
    held = response(critique("cic", by=CRITIC, key="k"), critique("ccc", by=CRITIC, key="idle"))
    kept = written("silver_critiques", held, correction("fixed"))
    (row,) = kept.files["train.parquet"]
    assert (row["silver"], row["fixed"], row["corrections"]) == (True, 1, 1)
    assert kept.skipped == ["a critic's critique that guided no correction"]
    both = written("silver_critiques", held, correction("fixed"), correction("broke", key="f2"))
    assert "a critic's critique that was not verified" in both.skipped
    stayed = correction("unchanged", after="right")
    assert rows("silver_critiques", held, stayed) == []
    assert len(rows("silver_critiques", held, stayed, options={"verified": "right"})) == 1


def test_a_persons_critique_is_never_silver() -> None:
    assert rows("silver_critiques", response(critique("cic", key="k")), correction("fixed")) == []


def test_of_a_critics_own_samples_the_most_agreed_one_is_the_target_and_says_synthetic() -> None:
    samples = [critique(steps, by=CRITIC, sample=n, run="x") for n, steps in enumerate(("cic", "cic", "cii"))]
    (row,) = rows("own_critiques", response(*samples), tags=("synthetic",))
    assert (row["synthetic"], row["synthetic_chain"], row["samples"]) == (True, True, 3)
    assert row["agreement"] == pytest.approx((1 + 3 / 4) / 2)
    strict = written("own_critiques", response(*samples), options={"agreement": "100"})
    assert strict.skipped == ["samples that do not agree among themselves"]


def test_s3fts_sources_are_counted_for_the_manifest() -> None:
    same = response(gold("cic", answer="i"), critique("cic", by=CRITIC, answer="i"))
    other = response(gold("ccc", answer="c"), critique("iic", by=CRITIC, answer="i"), key="r2")
    third = response(gold("ccc", answer="c"), key="r3")
    kept = written("sft_critic", same, other, third, options={"mix": "s3ft"})
    assert len(kept.files["train.parquet"]) == 3
    assert kept.counted == {"source": {"critic": 1, "gold": 2}}


# --- What people said later -----------------------------------------------------------------------------------------


def test_hindsight_chooses_what_helped_and_tells_the_gap_to_foresight() -> None:
    held = response(critique("cic", key="a"), critique("ccc", by=CRITIC, key="b"))
    told = (
        rating("a", "no_difference", seen=False),
        rating("a", "helped", seen=True),
        rating("b", "misled", seen=True),
    )
    (row,) = rows("hindsight_pairs", held, readings=told)
    assert (row["chosen_hindsight"], row["rejected_hindsight"], row["gap"]) == (1, -1, 1)
    assert (row["chosen_foresight"], row["rejected_foresight"]) == (0, None)
    assert rows("hindsight_pairs", held, readings=told[:1]) == []
    alike = (rating("a", "helped", seen=True), rating("b", "helped", seen=True))
    assert written("hindsight_pairs", held, readings=alike).skipped == [
        "critiques of a chain that were rated alike in hindsight"
    ]


def test_every_kind_of_judgment_reads_back_and_nothing_goes_out_without_a_licence() -> None:
    found = critique("ci-", answer="i", key="k", findings={2: (Finding(error_type="perception/count"),)})
    theirs = critique("cci", by=CRITIC, key="c", findings={3: (Finding(explanations=("No.",)),)})
    told = (
        rating("c", "misled", seen=True),
        Reaction(by=BOB, critique="c", finding=1, beside="k", reaction="already_said", at=AT),
    )
    made = rows("autorater", response(found, theirs), licence="MIT", readings=told)
    assert [(row["kind"], autorater.parsed(row["completion"])) for row in made] == [
        ("answer_verdict", "incorrect"), ("step_verdict", "correct"), ("step_verdict", "incorrect"),
        ("error_type", "perception/count"), ("critique_usefulness", "misled"), ("critique_finding", "already_said"),
    ]  # fmt: skip
    assert {row["licence"] for row in made} == {"MIT"}
    assert {row["kind"] for row in made} == set(autorater.KINDS)
    assert "Two." not in made[1]["context"], "a step is judged without what follows it"
    assert written("autorater", response(found)).skipped == ["a problem without a licence"]
    with pytest.raises(ValueError, match="expected 'Judgment"):
        autorater.parsed("incorrect")


# --- In the shape of others -----------------------------------------------------------------------------------------


def test_prm800ks_importer_reads_back_what_we_write_in_its_shape() -> None:
    from tests.annotations.importers.builders import jsonl, records

    other = Evidence(kind="alternative_step", step=1, content={"text": "Uno.", "rating": -1, "flagged": None})
    judged = gold("nci", evidence=(other,), active_seconds=2.5)
    (row,) = rows("prm800k", response(judged), options={"after_error": "keep"})
    assert row["label"]["finish_reason"] == "found_error"
    assert [step["completions"][0]["rating"] for step in row["label"]["steps"]] == [0, 1, -1]
    (problem,) = records("prm800k", jsonl(row))
    (back,) = problem.responses[0].critiques
    assert [one.verdict for one in back.judgments] == ["neutral", "correct", "incorrect"]
    assert (back.evidence, back.active_seconds) == ((other,), 2.5)


def test_as_in_prm800k_a_labelling_ends_at_the_first_wrong_step_and_names_nobody() -> None:
    (row,) = rows("prm800k", response(critique("cic")), options={"labels": "people"})
    assert [step["chosen_completion"] for step in row["label"]["steps"]] == [0, None]
    assert row["labeler"] == "A"
    (open_end,) = rows("prm800k", response(gold("c-c")))
    assert (len(open_end["label"]["steps"]), open_end["label"]["finish_reason"]) == (1, "solution")


def judgelm_scores(judgment: str) -> list[float]:
    """As JudgeLM reads a judge's text: its first line, two numbers apart by a space."""
    first = judgment.split("\n", maxsplit=1)[0].replace(",", " ")
    return [float(part) for part in first.split(" ")]


def test_judgelm_reads_our_scores_and_each_pair_goes_out_in_both_orders() -> None:
    good = response(gold("ccc", answer="c"), key="good")
    bad = response(gold("cii", answer="i", findings={2: (Finding(explanations=("No.",)),)}), key="bad")
    once = rows("judgelm", good, bad)
    both = rows("judgelm", good, bad, options={"order": "both"})
    assert [row["score"] for row in once] == [[10, 3.2]]
    assert [row["score"] for row in both] == [[10, 3.2], [3.2, 10]]
    for row in both:
        assert judgelm_scores(row["text"]) == row["score"]
    assert "Answer 2: Step 2: No." in once[0]["text"]


@pytest.mark.parametrize(
    ("steps", "answer", "score"), [("ccc", "c", 5), ("cic", "c", 4), ("cci", "i", 3), ("cii", "i", 2), ("iii", "i", 1)]
)
def test_prometheus_reads_our_output_and_every_score_means_something(steps: str, answer: str, score: int) -> None:
    (row,) = rows("prometheus", response(gold(steps, answer=answer)), images=2)
    feedback, result = re.match(r"Feedback: (.*) \[RESULT\] ([1-5])\Z", row["output"], re.DOTALL).groups()  # type: ignore[union-attr]
    assert int(result) == row["orig_score"] == score
    assert feedback == row[f"orig_score{score}_description"]
    assert row["conversations"][0]["value"].count("<image>") == len(row["images"]) == 2
    assert rows("prometheus", response(gold("c-c", answer="c"))) == []


def test_both_polarities_go_out_with_the_type_of_the_first_error() -> None:
    found = {2: (Finding(error_type="perception/count"),), 3: (Finding(error_type="reasoning"),)}
    wrong = response(gold("cii", answer="i", findings=found), key="wrong")
    right = response(gold("ccc", answer="c"), key="right")
    made = {row["polarity"]: row for row in rows("mistakes", wrong, right)}
    assert (made["wrong"]["error_type"], made["wrong"]["first_error"]) == ("perception/count", 2)
    assert made["wrong"]["error_types"] == ["perception/count", "reasoning"]
    assert (made["right"]["error_type"], made["right"]["error_types"]) == (None, [])
    assert text(made["right"]["prompt"]).endswith("[CORRECT RATIONALE]")


# --- Self-correction ------------------------------------------------------------------------------------------------


def test_a_recovery_holds_nothing_of_the_chain_behind_its_first_error() -> None:
    found = {2: (Finding(explanations=("There are 4.",), corrected_text="Twos."),)}
    label = gold("cii", key="k", findings=found)
    steps = ("One.", "Two.", "Thus nine.")
    (row,) = rows("recoveries", response(label, steps=steps))
    assert (row["good_steps"], row["wrong_step"], row["continuation"]) == (["One."], "Two.", ["Twos."])
    assert row["continued_by"] == "corrected_step"
    assert "nine" not in json.dumps(row)
    (row,) = rows("recoveries", response(label, steps=steps), correction("fixed"))
    assert (row["continuation"], row["continued_by"]) == (["Two.", "So 4."], "correction")
    assert text(row["completion"]).splitlines() == [
        "One.", "Two.", "Wait, this step is wrong. There are 4.", "Two.", "So 4.",
    ]  # fmt: skip
    assert written("recoveries", response(gold("ccc"))).skipped == ["a chain without a certain first error"]
    assert rows("recoveries", response(gold("-ic"))) == []


def test_the_same_seed_masks_the_same_words_and_the_target_none() -> None:
    chain = response(gold("ccc", answer="c"), steps=tuple(f"Word{n} and more of it." for n in range(300)))
    (row,), (again,), (other,) = (
        rows("masked_chains", response(*chain.critiques, steps=tuple(f"Word{n} and more of it." for n in range(3))),
             options={"seed": seed})
        for seed in ("0", "0", "1")
    )  # fmt: skip
    assert row == again and row["masked_words"] != other["masked_words"]
    assert MASK not in text(row["completion"]) and MASK not in text(row["prompt"])
    long, places = masked(" ".join(f"w{n}" for n in range(5000)), seed="0", name="r", ratio=0.2)
    assert len(places) / 5000 == pytest.approx(0.2, abs=0.02)
    assert [place for place, word in enumerate(long.split()) if word == MASK] == places
    assert rows("masked_chains", response(gold("ccc", answer="i"))) == []


def test_an_online_trainer_gets_the_shaped_reward_of_what_was_generated() -> None:
    told = reward_function(bonus=1.0)(
        ["The answer is 4.", "The answer is 3.", [{"role": "assistant", "content": "Answer: 4"}], "?"],
        transition=["wrong_right", "right_right", "right_wrong", "wrong_wrong"],
        reference_answer=["4", "4", "4", None],
        prompts=["…"] * 4,
    )
    assert told == [2, -1, 1, None]


def test_chains_tell_their_problems_pass_rate() -> None:
    good, bad = response(gold("ccc", answer="c"), key="good"), response(gold("cii", answer="i"), key="bad")
    matched = response(key="matched", answer="4")
    odd = response(key="odd", answer=None)
    made = rows("chains", good, bad, matched, odd, correction("fixed", of="bad"), reference_answer="4")
    assert [row["outcome"] for row in made] == ["right", "wrong", "right", "unparsed"]
    assert {row["difficulty"] for row in made} == {1 - 2 / 3}
    (alone,) = rows("chains", odd)
    assert (alone["pass_rate"], alone["difficulty"]) == (None, None)
