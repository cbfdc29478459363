"""Demo problems on plane figures: an altitude, and a circle in a square."""

from __future__ import annotations

import random

from annotations.demo import geometry
from annotations.demo.chain import (
    HARRIER,
    LUMEN,
    Chain,
    Corrected,
    DemoProblem,
    Fault,
    Reading,
    inherited,
    problem,
    wrong,
)


def altitude(rng: random.Random) -> DemoProblem:
    picture = geometry.altitude(
        (9, 12),
        "Triangle ABC with a right angle at C, CA = 9 cm and CB = 12 cm. The dashed altitude from C meets AB in D.",
    )
    lumen = Chain(
        LUMEN,
        (
            r"In triangle ABC we know \(CA = 9\) cm and \(CB = 12\) cm.",
            r"The right angle is at A, CB is the hypotenuse, "
            r"and \(AB = \sqrt{12^2 - 9^2} = \sqrt{63} \approx 7.94\) cm.",
            r"The area is \(\frac{1}{2} \cdot 9 \cdot 7.94 \approx 35.7\) cm².",
            r"With AB as the base, \(CD = \frac{2 \cdot 35.7}{7.94} \approx 8.99\) cm.",
            "CD is about 9 cm long.",
        ),
        "9 cm",
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "perception/relation",
                        "decisive",
                        (
                            "The right angle is marked at C, not at A, so AB is the hypotenuse.",
                            "The small square of the right angle stands at C. Hence AB is the longest side, 15 cm.",
                            "CA and CB are the legs: AB² = 9² + 12² = 225.",
                        ),
                        r"The right angle is at C, so AB is the hypotenuse and \(AB = \sqrt{9^2 + 12^2} = 15\) cm.",
                        ("The right angle is at A", "CB is the hypotenuse"),
                        ("right angle",),
                    )
                ),
                3: inherited(2),
                4: inherited(2),
                5: inherited(2),
            },
            "One wrong look at the figure. The result should have raised doubt: an altitude as long as a leg.",
        ),
        critic=Reading(
            "incorrect",
            {
                4: wrong(
                    Fault(
                        "reasoning/arithmetic",
                        "decisive",
                        ("Twice 35.7 over 7.94 is 9.02, not 8.99.",),
                        r"With AB as the base, \(CD = \frac{2 \cdot 35.7}{7.94} \approx 9.02\) cm.",
                        (r"\approx 8.99",),
                    )
                ),
                5: inherited(4),
            },
        ),
        corrected=Corrected(
            (
                r"In triangle ABC we know \(CA = 9\) cm and \(CB = 12\) cm.",
                r"The right angle is at A, CB is the hypotenuse, "
                r"and \(AB = \sqrt{12^2 - 9^2} = \sqrt{63} \approx 7.94\) cm.",
                r"The area is \(\frac{1}{2} \cdot 9 \cdot 7.94 \approx 35.7\) cm².",
                r"With AB as the base, \(CD = \frac{2 \cdot 35.7}{7.94} \approx 9.02\) cm.",
                "CD is about 9.02 cm long.",
            ),
            "9.02 cm",
        ),
        layout="\n",
        numbered="{}. ",
    )
    harrier = Chain(
        HARRIER,
        (
            r"The small square at C marks a right angle, so \(AB = \sqrt{9^2 + 12^2} = \sqrt{225} = 15\) cm.",
            r"The altitude from the right angle meets the hypotenuse at its midpoint, so \(AD = DB = 7.5\) cm.",
            r"Triangle ADC has a right angle at D, so \(CD^2 = 9^2 - 7.5^2 = 24.75\).",
            r"Hence \(CD = \sqrt{24.75} \approx 4.97\) cm.",
        ),
        "4.97 cm",
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "knowledge",
                        "decisive",
                        (
                            "It is the median, not the altitude, that meets the hypotenuse at its midpoint.",
                            "The foot of the altitude is the midpoint only if both legs are equal. Here "
                            "AD = 9² / 15 = 5.4 cm.",
                            "D is clearly nearer to A than to B in the figure.",
                        ),
                        r"The foot of the altitude divides the hypotenuse so that \(AD = \frac{9^2}{15} = 5.4\) cm.",
                        ("at its midpoint", r"\(AD = DB = 7.5\)"),
                        ("foot",),
                    )
                ),
                3: inherited(2),
                4: inherited(2),
            },
            "A theorem that does not exist. CD = 9 · 12 / 15 = 7.2 cm.",
        ),
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "reasoning/logic",
                        "decisive",
                        ("Why should D be the midpoint? The legs are not equal.",),
                        None,
                        ("meets the hypotenuse at its midpoint",),
                        ("foot",),
                    ),
                    confidence=0.9,
                ),
                3: inherited(2, confidence=0.9),
                4: inherited(2, confidence=0.9),
            },
            confidence=0.9,
        ),
    )
    return problem(
        "altitude",
        "How long is the altitude CD?",
        [picture],
        [lumen, harrier],
        reference_answer="7.2 cm",
        superskill="Reasoning",
        skill="Geometry",
        tags=("triangle", "formula"),
        rng=rng,
    )


def shaded_corners(rng: random.Random) -> DemoProblem:
    picture = geometry.circle_in_square(
        10, "A square with sides of 10 cm and the circle that touches all four; the corners outside it are shaded."
    )
    lumen = Chain(
        LUMEN,
        (
            r"The square has sides of 10 cm, so its area is \(10^2 = 100\) cm².",
            r"The circle has a radius of 10 cm, so its area is \(\pi \cdot 10^2 \approx 314.2\) cm².",
            r"The shaded area is \(100 - 314.2 = -214.2\) cm².",
            "An area cannot be negative, so we drop the sign and get 214.2 cm².",
            "The shaded area is about 214.2 cm².",
        ),
        "214.2 cm²",
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "perception/attribute",
                        "decisive",
                        (
                            "10 cm is the diameter of the circle; its radius is 5 cm.",
                            "The diameter of the circle equals the side of the square: r = 5 cm, area 78.5 cm².",
                        ),
                        r"The circle has a radius of 5 cm, so its area is \(\pi \cdot 5^2 \approx 78.5\) cm².",
                        ("a radius of 10 cm",),
                        ("side",),
                    )
                ),
                3: inherited(2),
                4: wrong(
                    Fault(
                        "reasoning/logic",
                        "decisive",
                        (
                            "A negative area shows that an earlier step is wrong; dropping the sign repairs nothing.",
                            "The contradiction is hidden instead of being followed back to step 2.",
                            "214.2 cm² is more than the whole square.",
                        ),
                        "An area cannot be negative, so an earlier step must be wrong: the radius is 5 cm.",
                        ("we drop the sign",),
                    ),
                    inherits=(2,),
                ),
                5: inherited(2, 4),
            },
            "Step 4 has an error of its own and inherits another: both are marked.",
        ),
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "perception/attribute",
                        "decisive",
                        ("Radius and diameter confused, r = 5 cm.",),
                        None,
                        ("radius of 10 cm",),
                        ("circle",),
                    ),
                    confidence=1.0,
                ),
                3: inherited(2, confidence=1.0),
                4: wrong(
                    Fault(
                        "reasoning/logic",
                        "decisive",
                        ("One cannot just drop a sign.",),
                        None,
                        ("drop the sign",),
                    ),
                    confidence=1.0,
                ),
                5: inherited(2, 4, confidence=1.0),
            },
            confidence=1.0,
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            r"The circle touches all four sides, so its diameter is 10 cm and its radius is \(r = 5\) cm.",
            r"Area of the square: \(A_s = 10^2 = 100\) cm².",
            r"Area of the circle: \(A_c = \pi r^2 = 25\pi \approx 78.54\) cm².",
            r"Shaded area: \(A_s - A_c = 100 - 25\pi \approx 21.46\) cm².",
        ),
        "21.46 cm²",
        Reading("correct"),
        layout="\n",
    )
    return problem(
        "shaded-corners",
        "How large is the shaded area?",
        [picture],
        [lumen, harrier],
        reference_answer="100 − 25π cm² ≈ 21.5 cm²",
        superskill="Reasoning",
        skill="Geometry",
        tags=("circle", "formula", "own and inherited error"),
        rng=rng,
    )
