"""Insights on what came of critiques: corrections, confidence, patterns of failure, costs."""

from __future__ import annotations

from urllib.parse import urlencode

from django.utils.translation import gettext as _

from annotations.metrics.costs import pareto_front
from annotations.web import charts
from annotations.web.insight_blocks import FIGURES, Block, Told, authors_of, count, dot, figure, has, steps_of, words


def corrections(told: Told) -> list[Block]:
    cells = {
        "rr": _("right → right"),
        "rw": _("right → wrong"),
        "wr": _("wrong → right"),
        "ww": _("wrong → wrong"),
        "unknown": _("could not be told"),
    }
    names = {"gain": _("Gain"), "pcr": "PCR", "ncr": "NCR", "cl": "CL", "cs": "CS", "rss": "RSS"}
    rows, points = [], []
    for one in told["correction_table"]:
        label = f"{one['source']} {one['level']}".replace("none none", "none") + (
            f" · {one['round']}" if one["round"] > 1 else ""
        )
        asked = {"of": "corrections", "source": one["source"], "level": one["level"], "round": one["round"]}
        rows.append(
            [
                words(label),
                *(count(one["counts"][cell], **asked, outcome=cell) for cell in cells),
                *(figure(one["figures"][name]) for name in names),
            ]
        )
        if one["figures"]["gain"]["value"] is not None:
            points.append(dot(label, one["figures"]["gain"], {**asked, "outcome": "wr"}))
    chart = charts.dots(points, {"0": 0.0}, names["gain"], domain=(-1, 1)) if points else None
    hindsight = [
        [
            words(name),
            words(one["pairs"]),
            *(figure({"value": one[which], "low": None, "high": None}) for which in ("foresight", "hindsight", "gap")),
        ]
        for name, one in told["hindsight"].items()
    ]
    return [
        Block(
            _("Does a critique help"),
            [_("Guided by"), *cells.values(), *names.values()],
            rows,
            _(
                "Answers before and after a correction, by whose critique guided it, how much of it was shown "
                "(A answer verdict, AS step verdicts, ASE all) and the round. Gain = PCR − NCR."
            ),
            chart,
        ),
        Block(
            _("Foresight and hindsight"),
            [_("Critique by"), _("pairs of ratings"), _("before the outcome"), _("after it"), _("gap")],
            hindsight,
            _("From −1, it misleads, to 1, it helps."),
        ),
    ]


def calibration(told: Told) -> list[Block]:
    authors = {name: one for name, one in {**authors_of(told), **told["persons"]}.items() if one["bins"]}
    names = {"ece": "ECE", "brier": "Brier", "auroc": "AUROC", "aurc": "AURC"}
    rows = [[words(name), *(figure(one["figures"].get(which)) for which in names)] for name, one in authors.items()]
    bins, points = [], []
    for name, one in authors.items():
        for number, held in enumerate(one["bins"]):
            if not held["claims"]:
                continue
            asked = {"of": "claims", "author": name, "bin": number}
            bins.append(
                [
                    words(name),
                    words(f"{held['low']:.1f}–{held['high']:.1f}"),
                    count(held["claims"], **asked),
                    figure({"value": held["confidence"], "low": None, "high": None}),
                    figure({"value": held["accuracy"], "low": None, "high": None}),
                ]
            )
            points.append(
                {
                    "series": name,
                    "confidence": held["confidence"],
                    "accuracy": held["accuracy"],
                    "href": "?" + urlencode(asked),
                }
            )
    chart = charts.reliability(points, _("said confidence"), _("how often right")) if points else None
    return [
        Block(
            _("Is a confidence worth what it says"),
            [_("Author"), *names.values()],
            rows,
            _("ECE and Brier: 0 is perfect. AUROC: 0.5 tells nothing. AURC: lower is better."),
            chart,
        ),
        Block(_("By confidence"), [_("Author"), _("Confidence"), _("judgments"), _("said"), _("right")], bins),
    ]


def patterns(told: Told) -> list[Block]:
    authors = authors_of(told)
    by_type = []
    for name, one in authors.items():
        for kind, (wrong, hits) in one["types"].items():
            if wrong:
                asked = {"of": "steps", "author": name, "type": kind}
                by_type.append(
                    [
                        words(name),
                        words(kind),
                        count(hits, **asked, outcome="hit"),
                        count(wrong - hits, **asked, outcome="miss"),
                        figure(
                            one["figures"].get(f"type.{kind}") or {"value": hits / wrong, "low": None, "high": None}
                        ),
                    ]
                )
    spread = ("lift", "reference_lift", "exaggeration", "false_flags_after_error", "false_flags_before_error")
    heads = (_("lift"), _("reference's lift"), _("exaggeration"), _("false flags after an error"), _("before any"))
    rates = [
        [words(name), figure(one["figures"].get("flag_rate")), figure(one["figures"].get("reference_rate"))]
        for name, one in authors.items()
    ]
    points = [
        dot(name, one["figures"].get("flag_rate"), steps_of(name))
        for name, one in authors.items()
        if has(one, "flag_rate")
    ]
    reference = next((one["figures"]["reference_rate"]["value"] for one in authors.values()), None)
    reveal = [
        [
            words(one["critic"]),
            words(one["critiques"]),
            *(
                words(one["counts"][name])
                for name in ("helped", "misled", "kept_right", "kept_wrong", "missed", "taken_up")
            ),
            *(figure(one["figures"][name]) for name in ("helped_rate", "misled_rate", "taken_up_rate")),
        ]
        for one in told["reveal"]
    ]
    return [
        Block(
            _("By type of error"),
            [_("Author"), _("Type"), _("found"), _("missed"), _("recall")],
            by_type,
            _("Of the reference's wrong steps; VISCO's first pattern is a lower recall on perception."),
        ),
        Block(
            _("Reluctance to say no"),
            [_("Author"), str(FIGURES["flag_rate"]), str(FIGURES["reference_rate"])],
            rates,
            _("Below the reference's rate a critic says too seldom that something is wrong, above it too often."),
            charts.dots(points, {str(FIGURES["reference_rate"]): reference}, str(FIGURES["flag_rate"]))
            if points
            else None,
        ),
        Block(
            _("Exaggerated propagation"),
            [_("Author"), *heads],
            [
                [words(name), *(figure(one["figures"].get(f"propagation.{which}")) for which in spread)]
                for name, one in authors.items()
            ],
            _("How much likelier a step is flagged after a flag than before any, and the same of the reference."),
        ),
        Block(
            _("What the reveal does"),
            [
                _("Critic"),
                _("critiques of people"),
                _("helped"),
                _("misled"),
                _("stayed right"),
                _("stayed wrong"),
                _("missed before"),
                _("taken up"),
                _("share helped"),
                _("share misled"),
                _("share taken up"),
            ],
            reveal,
            _("Steps on which the critic held another view than the person did before seeing it."),
        ),
        _sway(told),
        _phrases(told),
    ]


def _sway(told: Told) -> Block:
    names = {
        "length": _("length"),
        "position": _("place in the chain"),
        "numbers": _("numbers"),
        "hedging": _("hedging words"),
        "perception": _("words of seeing"),
        "wrong": _("wrong by the reference"),
    }
    rows = [[words(name), *(figure(held.get(one)) for one in names)] for name, held in told["sway"].items()]
    return Block(
        _("What sways a flag"),
        [_("Author"), *names.values()],
        rows,
        _("Change of the log odds of a flag by one standard deviation of each, the others held; 0 means no sway."),
    )


def _phrases(told: Told) -> Block:
    rows = [
        [
            words(name),
            words(cluster["phrase"][:160]),
            words(cluster["size"]),
            figure({"value": held["share"], "low": None, "high": None}),
            words(_("yes") if {"correct", "incorrect"} <= set(cluster["verdicts"]) else _("no")),
        ]
        for name, held in told["phrases"].items()
        for cluster in held["clusters"]
    ]
    head = [
        _("Author"),
        _("Phrase"),
        _("times"),
        _("share of what it says that is repeated"),
        _("beside both verdicts"),
    ]
    return Block(_("Boilerplate"), head, rows, _("Explanations that an author repeats, numbers and quotations aside."))


def costs(told: Told) -> list[Block]:
    rows, points = [], []
    spent = {name: one for name, one in told["spent"].items() if name in told["critics"]}
    measured = {
        name: (one["seconds"] / one["with_seconds"], told["critics"][name]["figures"]["step_f1"]["value"])
        for name, one in spent.items()
        if one["with_seconds"] and told["critics"][name]["figures"]["step_f1"]["value"] is not None
    }
    front = pareto_front(measured)
    for name, one in spent.items():
        seconds = one["seconds"] / one["with_seconds"] if one["with_seconds"] else None
        tokens = one["tokens"] / one["with_tokens"] if one["with_tokens"] else None
        rows.append(
            [
                words(name),
                words(one["critiques"]),
                figure({"value": seconds, "low": None, "high": None}),
                figure({"value": tokens, "low": None, "high": None}),
                figure(told["critics"][name]["figures"]["step_f1"]),
                words(_("on the front") if name in front else _("beaten by another") if name in measured else "–"),
            ]
        )
        if name in measured:
            points.append({"label": name, "x": measured[name][0], "y": measured[name][1], "front": name in front})
    chart = charts.scatter(points, _("seconds a critique"), str(FIGURES["step_f1"])) if points else None
    return [
        Block(
            _("What it costs"),
            [
                _("Critic"),
                _("Critiques"),
                _("seconds a critique"),
                _("tokens a critique"),
                str(FIGURES["step_f1"]),
                _("Pareto"),
            ],
            rows,
            _("On the front: no other critic is both cheaper and better."),
            chart,
        )
    ]
