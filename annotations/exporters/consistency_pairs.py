"""Preference between chains as a critic ranks them, weighted by how far two versions of it agree (CREAM, row 24).

A critic ranks a problem's chains by the share of answer and steps that it calls right. The later of two versions makes
the pair, its best chain against its worst; `weight` is (Kendall's tau-b of both rankings + 1) / 2: 1 for the same
ranking, 0 for the reversed one, to soften labels that nobody checked. Versions are two runs of one critic (the last two
that judged the problem), or the two critics that the options name. Source: CREAM (METHODS.md row 24).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.ranking import kendall_tau
from annotations.core.schema import Critique, Problem
from annotations.exporters.base import Item, Option
from annotations.exporters.chat import IMAGE_OPTION, chain_text, chat_columns, chat_row, solve_prompt
from annotations.exporters.facts import share_right
from annotations.exporters.features import NUMBER, TEXT
from annotations.exporters.labels import critics_of
from annotations.exporters.tables import Options, Skip, table_format

Scores = dict[str, float]  # of chains, by key


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    chains = {response.key: response for response in item.problem.responses}
    for critic, (earlier, _), (later, run) in _versions(item.problem, options):
        ranked = sorted(earlier.keys() & later.keys(), key=lambda key: (later[key], key))
        tau = kendall_tau([earlier[key] for key in ranked], [later[key] for key in ranked])
        if tau is None:
            skip("a problem whose chains two versions of the critic do not both rank")
            continue
        weight = (tau + 1) / 2
        if weight < int(options["least_weight"]) / 100:
            skip("a weight below the bound")
            continue
        worst, best = ranked[0], ranked[-1]
        yield {
            **chat_row(
                item,
                options,
                solve_prompt(item.problem),
                chosen=chain_text(chains[best]),
                rejected=chain_text(chains[worst]),
            ),
            "weight": weight,
            "chosen_score": later[best],
            "rejected_score": later[worst],
            "critic": critic,
            "run": run,
            "problem": item.problem.key,
            "response": best,
            "rejected_response": worst,
        }


def _versions(problem: Problem, options: Options) -> Iterator[tuple[str, tuple[Scores, str], tuple[Scores, str]]]:
    """Each critic with the scores by its earlier and by its later version."""
    held: dict[tuple[str, str], Scores] = defaultdict(dict)  # by critic and run, the oldest first
    for response in problem.responses:
        for critique in critics_of(response):
            score = share_right(critique)
            if score is not None:
                held[_version(critique)].setdefault(response.key, score)
    named = options["earlier"], options["later"]
    if all(named):
        by_name = {name: (scores, run) for (name, run), scores in held.items()}
        if all(name in by_name for name in named):
            yield named[1], by_name[named[0]], by_name[named[1]]
        return
    runs: dict[str, list[tuple[Scores, str]]] = defaultdict(list)
    for (name, run), scores in held.items():
        runs[name].append((scores, run))
    for name, versions in runs.items():
        if len(versions) > 1:
            yield name, versions[-2], versions[-1]


def _version(critique: Critique) -> tuple[str, str]:
    return critique.author.name, critique.run


FORMAT = table_format(
    name="consistency_pairs",
    group="preference",
    title="Preference: a critic's own ranking, by its consistency",
    help="For DPO: chains as a critic ranks them, each pair weighted by how far two versions of the critic agree.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "chosen", "rejected"),
        "weight": NUMBER,
        "chosen_score": NUMBER,
        "rejected_score": NUMBER,
        "critic": TEXT,
        "run": TEXT,
        "problem": TEXT,
        "response": TEXT,
        "rejected_response": TEXT,
    },
    rows=rows,
    options=(
        Option(name="earlier", free=True, help="A critic's name; with the next, instead of two runs of one critic."),
        Option(name="later", free=True, help="The critic whose ranking makes the pairs."),
        Option(name="least_weight", values=("0", "50", "75", "90"), help="Pairs below it are left out, in percent."),
        IMAGE_OPTION,
    ),
)
