"""What the insights pages show, from a report as plain JSON: blocks of a chart and its table, one function a page.

The pages, the HTML file and the CSV are made from the same blocks. A cell is words, a figure with its interval, or a
count that leads to the list of what it counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.web import charts

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """`query` leads to the items that `count` counts."""

    words: str = ""
    figure: Mapping[str, Any] | None = None
    count: int | None = None
    query: str = ""

    @property
    def is_number(self) -> bool:
        """Set to the right, as numbers are."""
        return not self.words or self.words.isdecimal()


@dataclass(frozen=True, slots=True)
class Block:
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    words: str = ""
    chart: SafeString | None = None

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Each heading, and whether numbers stand below it."""
        first = self.rows[0] if self.rows else [Cell(words=" ")] * len(self.head)
        both = zip(self.head, first, strict=True)
        return [(name, place > 0 and cell.is_number) for place, (name, cell) in enumerate(both)]


def words(text: object) -> Cell:
    return Cell(words=str(text))


def figure(held: Mapping[str, Any] | None) -> Cell:
    return Cell(figure=held or {"value": None, "low": None, "high": None})


def count(number: int, **asked: object) -> Cell:
    return Cell(count=number, query=urlencode(asked))


OUTCOMES = {
    "hit": gettext_lazy("rightly flagged"),
    "miss": gettext_lazy("missed"),
    "false_flag": gettext_lazy("flagged in vain"),
    "kept": gettext_lazy("rightly passed"),
    "left": gettext_lazy("not judged"),
}
FIGURES = {
    "viscore": gettext_lazy("VISCore"),
    "answer_f1": gettext_lazy("Answer F1"),
    "answer_precision": gettext_lazy("Answer precision"),
    "answer_recall": gettext_lazy("Answer recall"),
    "step_f1": gettext_lazy("Step F1"),
    "step_precision": gettext_lazy("Step precision"),
    "step_recall": gettext_lazy("Step recall"),
    "explanation_f1": gettext_lazy("Explanation F1"),
    "flag_rate": gettext_lazy("Flag rate"),
    "reference_rate": gettext_lazy("Reference's rate"),
    "first_error.accuracy": gettext_lazy("First error exact"),
    "first_error.accuracy_within_one": gettext_lazy("within one step"),
    "first_error.processbench_f1": gettext_lazy("ProcessBench F1"),
    "finding.finding_precision": gettext_lazy("Finding precision"),
    "finding.finding_recall": gettext_lazy("Finding recall"),
    "finding.finding_f1": gettext_lazy("Finding F1"),
    "step_coverage": gettext_lazy("Step coverage"),
    "answer_coverage": gettext_lazy("Answer coverage"),
}
BASELINES = {
    "flag everything": gettext_lazy("flag everything"),
    "flag nothing": gettext_lazy("flag nothing"),
    "fair coin": gettext_lazy("fair coin"),
    "coin at the reference rate": gettext_lazy("coin at the reference rate"),
    "every step of a wrong answer's chain (needs gold)": gettext_lazy(
        "every step of a wrong answer's chain (needs gold)"
    ),
}


def authors_of(told: Told) -> dict[str, Any]:
    people = {"people": told["people"]} if told["people"] else {}
    return {**told["critics"], **people}


def overview(told: Told) -> list[Block]:
    authors = authors_of(told)
    head = [_("Author"), _("Critiques"), *(str(FIGURES[name]) for name in _MAIN)]
    rows = [
        [words(name), words(one["critiques"]), *(figure(one["figures"].get(which)) for which in _MAIN)]
        for name, one in authors.items()
    ]
    trivial = told["baselines"]["step_f1"]
    chart = charts.dots(
        [dot(name, one["figures"].get("step_f1"), steps_of(name)) for name, one in authors.items() if has(one)],
        {str(BASELINES[name]): trivial[name]["value"] for name in ("flag everything", "coin at the reference rate")},
        str(FIGURES["step_f1"]),
    )
    return [
        Block(
            _("Who finds the wrong steps"),
            head,
            rows,
            _("Positive is “wrong”. What one scores who knows nothing stands below; a score under it is no skill."),
            chart if rows else None,
        ),
        Block(
            _("What one scores who knows nothing"),
            [_("Rule"), str(FIGURES["answer_f1"]), str(FIGURES["step_f1"])],
            [
                [words(BASELINES[name]), figure(told["baselines"]["answer_f1"].get(name)), figure(held)]
                for name, held in trivial.items()
            ],
        ),
    ]


_MAIN = ("answer_f1", "step_f1", "flag_rate", "reference_rate", "step_coverage")


def critics(told: Told) -> list[Block]:
    return [*_scores(told["critics"]), *_slices(told["critics"]), _differences(told)]


def people(told: Told) -> list[Block]:
    held = {**({"people": told["people"]} if told["people"] else {}), **told["persons"]}
    return [*_scores(held), *_slices(held)]


def _scores(authors: Mapping[str, Any]) -> list[Block]:
    names = [
        name
        for name in FIGURES
        if any(one["figures"].get(name, {}).get("value") is not None for one in authors.values())
    ]
    return [
        Block(
            _("Scores against the reference"),
            [_("Author"), _("Critiques"), *(str(FIGURES[name]) for name in names)],
            [
                [words(name), words(one["critiques"]), *(figure(one["figures"].get(which)) for which in names)]
                for name, one in authors.items()
            ],
            _("With 95 % intervals, by bootstrap over problems; samples and runs of one version are pooled."),
            charts.dots(
                [dot(name, one["figures"].get("step_f1"), steps_of(name)) for name, one in authors.items() if has(one)],
                {},
                str(FIGURES["step_f1"]),
            )
            if authors
            else None,
        ),
        *(
            _outcomes(authors, what, prefix, title)
            for what, prefix, title in (
                ("steps", "", _("What became of the steps")),
                ("answers", "answer.", _("What became of the answers")),
            )
        ),
        *(
            [
                Block(
                    _("Reweighted by 1 ÷ the probability of an item"),
                    [_("Author"), _("Critiques"), *(str(FIGURES[name]) for name in _MAIN)],
                    [
                        [
                            words(name),
                            words(one["weighted_critiques"]),
                            *(figure(one["weighted"].get(which)) for which in _MAIN),
                        ]
                        for name, one in authors.items()
                        if one["weighted"]
                    ],
                )
            ]
            if any(one["weighted"] for one in authors.values())
            else []
        ),
    ]


def _outcomes(authors: Mapping[str, Any], what: str, prefix: str, title: str) -> Block:
    rows = [
        [
            words(name),
            *(
                count(one["counts"].get(f"{prefix}{outcome}", 0), of=what, author=name, outcome=outcome)
                for outcome in OUTCOMES
            ),
        ]
        for name, one in authors.items()
    ]
    bars = [
        {
            "label": name,
            "part": str(words_),
            "value": one["counts"].get(f"{prefix}{outcome}", 0),
            "href": "?" + urlencode({"of": what, "author": name, "outcome": outcome}),
        }
        for name, one in authors.items()
        for outcome, words_ in OUTCOMES.items()
    ]
    chart = charts.stacked(bars, title) if any(bar["value"] for bar in bars) else None
    return Block(title, [_("Author"), *(str(one) for one in OUTCOMES.values())], rows, chart=chart)


def _slices(authors: Mapping[str, Any]) -> list[Block]:
    rows = []
    for name, one in authors.items():
        for which in sorted(one["figures"]):
            label, _point, measure = which.rpartition(".")
            if measure == "step_f1" and label:
                of_answers = one["figures"].get(f"{label}.answer_f1")
                rows.append([words(name), words(label), figure(one["figures"][which]), figure(of_answers)])
    tags = [
        [words(name), words(which.removeprefix("tag.")), figure(held), words("–")]
        for name, one in authors.items()
        for which, held in one["figures"].items()
        if which.startswith("tag.") and held["value"] is not None
    ]
    if not rows and not tags:
        return []
    head = [_("Author"), _("Part"), str(FIGURES["step_f1"]), str(FIGURES["answer_f1"])]
    told = _(
        "By superskill, skill and difficulty of the problem, and by the skills that a step is tagged with "
        "(a step with several counts for each)."
    )
    return [Block(_("By skill and difficulty"), head, [*rows, *tags], told)]


def _differences(told: Told) -> Block:
    noise = {True: _("within noise"), False: _("beyond noise"), None: "–"}
    rows = [
        [
            words(f"{one['one']} − {one['other']}"),
            words(one["responses"]),
            words(FIGURES[name]),
            figure(held),
            words(noise[one["within_noise"][name]]),
        ]
        for one in told["differences"]
        for name, held in one["figures"].items()
    ]
    title = _("%(number)s comparisons: by chance one in twenty lies beyond noise.") % {"number": told["comparisons"]}
    return Block(
        _("Differences, paired"), [_("Critics"), _("Responses"), _("Figure"), _("Difference"), ""], rows, title
    )


def agreement(told: Told) -> list[Block]:
    names = {
        "raw": _("raw"),
        "alpha": _("Krippendorff's alpha"),
        "alpha_ordinal": _("ordinal alpha"),
        "fleiss_kappa": _("Fleiss' kappa"),
        "gwet_ac1": "Gwet AC1",
    }
    beyond = [
        [words(label), *(figure(held.get(name)) for name in names)]
        for label, held in ((_("per step"), told["people_agreement"]), (_("of the answer"), told["answer_agreement"]))
        if held
    ]
    couples = told["matrix"]
    share = [{**one, "value": one["agreeing"] / one["steps"]} for one in couples]
    chart = (
        charts.heat(
            [
                {
                    "one": one["one"],
                    "other": one["other"],
                    "value": one["value"],
                    "href": "?"
                    + urlencode({"of": "couples", "author": one["one"], "other": one["other"], "outcome": "differ"}),
                }
                for one in share
            ],
            _("share of steps on which they agree"),
        )
        if couples
        else None
    )
    rows = [
        [
            words(one["one"]),
            words(one["other"]),
            count(one["agreeing"], of="couples", author=one["one"], other=one["other"], outcome="agree"),
            count(
                one["steps"] - one["agreeing"], of="couples", author=one["one"], other=one["other"], outcome="differ"
            ),
            figure({"value": one["value"], "low": None, "high": None}),
            figure(one["kappa"]),
        ]
        for one in share
    ]
    return [
        Block(
            _("People among themselves"),
            ["", *names.values()],
            beyond,
            _("Agreement beyond chance, of all people who judged the same."),
        ),
        Block(
            _("Two by two"),
            [_("One"), _("Other"), _("steps alike"), _("steps apart"), _("share alike"), _("Cohen's kappa")],
            rows,
            _("People and critics alike, on the steps that both judged."),
            chart,
        ),
    ]


def dot(name: str, held: Mapping[str, Any] | None, asked: Mapping[str, Any]) -> dict[str, Any]:
    held = held or {"value": None, "low": None, "high": None}
    return {
        "label": name,
        "value": held["value"],
        "low": held["low"],
        "high": held["high"],
        "href": "?" + urlencode(asked),
    }


def steps_of(name: str) -> dict[str, str]:
    return {"of": "steps", "author": name, "outcome": "hit"}


def has(one: Mapping[str, Any], which: str = "step_f1") -> bool:
    return (one["figures"].get(which) or {}).get("value") is not None
