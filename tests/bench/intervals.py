"""Do 95 % intervals cover what they should, and does the paired test find what is there? By simulation.

    python -m tests.bench.intervals [--simulations 1000] [--responses 200]

A world is a distribution of problems: each has one to three responses of three to six steps, its own rate of wrong
steps, and a critic that finds more in some problems than in others, so steps of a problem are not independent. The true
value of a figure is its value on a sample so large that it no longer moves. A simulation draws `--responses` responses
by problems and asks whether the interval holds the true value. Power: of two critics of which one finds more by a
planted difference of recall, the share of simulations in which the paired difference of Step F1 lies beyond noise.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotations.metrics import visco
from annotations.metrics.bootstrap import Counts, Formula, difference, figures, within_noise

FIGURES: Mapping[str, Formula] = {
    name: visco.FORMULAS[name] for name in ("step_f1", "step_recall", "flag_rate", "answer_f1")
}
LARGE = 200_000  # responses of the sample that stands for the truth
FALSE_FLAG = 0.12


@dataclass(frozen=True, slots=True)
class World:
    """`recall`: of the critic's mean recall of wrong steps; it differs between problems by a beta distribution."""

    recall: float = 0.6

    def draw(self, responses: int, generator: np.random.Generator) -> Counts:
        """Counts as `visco.counts` makes them, of so many responses, clustered by problem."""
        return self.pair(responses, generator, 0.0)[0]

    def pair(self, responses: int, generator: np.random.Generator, better: float) -> tuple[Counts, Counts]:
        """Two critics on the same responses; the second's recall is greater by `better` in every problem."""
        per_problem = generator.integers(1, 4, responses)
        problem = np.repeat(np.arange(responses), per_problem)[:responses]
        wrong_rate = generator.beta(1.2, 3.0, responses)[problem]
        found_rate = generator.beta(4 * self.recall, 4 * (1 - self.recall), responses)[problem]
        steps = generator.integers(3, 7, responses)
        wrong = generator.binomial(steps, wrong_rate)
        answer_wrong = generator.random(responses) < np.where(wrong > 0, 0.7, 0.05)
        told = [
            _counts(generator, problem, steps, wrong, answer_wrong, np.minimum(found_rate + more, 1.0))
            for more in (0.0, better)
        ]
        return told[0], told[1]


def _counts(
    generator: np.random.Generator,
    problem: np.ndarray,
    steps: np.ndarray,
    wrong: np.ndarray,
    answer_wrong: np.ndarray,
    rate: np.ndarray,
) -> Counts:
    rows = np.zeros((len(steps), len(visco.COLUMNS)))
    hits = generator.binomial(wrong, rate)
    flagged = hits + generator.binomial(steps - wrong, FALSE_FLAG)
    answer_flagged = generator.random(len(steps)) < np.where(answer_wrong, rate, FALSE_FLAG)
    for name, values in {
        "steps": steps, "steps_given": steps, "steps_wrong": wrong, "steps_flagged": flagged, "step_hits": hits,
        "answers": 1, "answers_given": 1, "answers_wrong": answer_wrong, "answers_flagged": answer_flagged,
        "answer_hits": answer_wrong & answer_flagged,
    }.items():  # fmt: skip
        rows[:, visco.COLUMNS.index(name)] = values
    _, clusters = np.unique(problem, return_inverse=True)
    return Counts(visco.COLUMNS, rows, clusters)


def truth(world: World, seed: int = 1) -> dict[str, float]:
    sums = world.draw(LARGE, np.random.default_rng(seed)).sums()
    return {name: float(formula(sums)) for name, formula in FIGURES.items()}


def coverage(
    simulations: int, responses: int, *, resamples: int = 1000, world: World | None = None
) -> dict[str, float]:
    """Figure → the share of simulations whose interval holds the true value."""
    world = world or World()
    wanted = truth(world)
    held = dict.fromkeys(FIGURES, 0)
    for seed in range(simulations):
        counts = world.draw(responses, np.random.default_rng(1000 + seed))
        for name, one in figures(counts, FIGURES, seed=seed, resamples=resamples).items():
            held[name] += one.low is not None and one.high is not None and one.low <= wanted[name] <= one.high
    return {name: number / simulations for name, number in held.items()}


def power(simulations: int, responses: int, planted: Sequence[float], *, resamples: int = 1000) -> dict[float, float]:
    """Planted difference of recall → the share of simulations that find it; at 0, the false alarms."""
    found = {}
    for better in planted:
        beyond = 0
        for seed in range(simulations):
            one, other = World().pair(responses, np.random.default_rng(5000 + seed), better)
            paired = difference(one, other, visco.step_f1, seed=seed, resamples=resamples)
            beyond += within_noise(paired) is False
        found[better] = beyond / simulations
    return found


def main() -> None:
    parser = ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--responses", type=int, default=200)
    options = parser.parse_args()
    began = time.perf_counter()
    for name, share in coverage(options.simulations, options.responses).items():
        sys.stdout.write(f"{name}: {100 * share:.1f} % of {options.simulations} intervals hold the true value\n")
    planted = (0.0, 0.05, 0.1, 0.2)
    for better, share in power(max(options.simulations // 5, 20), options.responses, planted).items():
        sys.stdout.write(f"recall {better:+.2f}: found in {100 * share:.1f} %\n")
    sys.stdout.write(f"{time.perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    main()
