"""Demo problems on scenes: balls to count, objects on a shelf, a mosaic."""

from __future__ import annotations

import random

from annotations.demo import scenes
from annotations.demo.canvas import BLUE, GREEN, ORANGE, PURPLE, RED, SAND, YELLOW
from annotations.demo.chain import (
    HARRIER,
    LUMEN,
    Chain,
    DemoProblem,
    Fault,
    Reading,
    inherited,
    neutral,
    problem,
    wrong,
)


def balls(rng: random.Random) -> DemoProblem:
    spots = (
        *((140, 150, RED), (330, 130, BLUE), (520, 170, RED), (730, 135, YELLOW), (910, 165, RED), (1070, 140, BLUE)),
        *((190, 320, YELLOW), (390, 310, RED), (600, 330, BLUE), (800, 320, RED), (1010, 310, RED)),
        *((130, 500, BLUE), (330, 490, RED), (900, 480, BLUE), (1080, 490, YELLOW)),
        *((190, 690, RED), (380, 700, YELLOW), (880, 680, BLUE)),
    )
    picture = scenes.balls(
        spots,
        (740, 600, RED),
        rng,
        "كرات حمراء وزرقاء وصفراء على أرضية بيضاء، وصندوق يخفي جزءًا من إحدى الكرات الحمراء.",
    )
    lumen = Chain(
        LUMEN,
        (
            "في الصورة كرات حمراء وزرقاء وصفراء.",
            "عدد الكرات الحمراء 8.",
            "عدد الكرات الزرقاء 6.",
            "الفرق هو $8 - 6 = 2$.",
            "إذن تزيد الكرات الحمراء على الزرقاء بكرتين 🔴🔴.",
        ),
        "2",
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "perception/count",
                        "decisive",
                        (
                            "عدد الكرات الحمراء 9: لم تُحسب الكرة التي يخفي الصندوق جزءًا منها.",
                            "One red ball is missed, the one that the box covers in part; there are 9.",
                        ),
                        "عدد الكرات الحمراء 9.",
                        ("8",),
                        ("hidden ball",),
                    )
                ),
                4: inherited(2),
                5: inherited(2),
            },
            "The ball behind the box is easily missed; zoom in.",
        ),
        Reading("correct", confidence=0.8),
    )
    harrier = Chain(
        HARRIER,
        (
            "أعدّ الكرات الحمراء: 8 ظاهرة كاملة، وواحدة يخفي الصندوق جزءًا منها، أي 9.",
            "أعدّ الكرات الزرقاء: 6.",
            r"الفرق هو \(9 - 6 = 3\).",
            "تزيد الكرات الحمراء على الزرقاء بثلاث كرات.",
        ),
        "3",
        Reading("correct"),
        layout="\n",
    )
    return problem(
        "balls",
        "بكم يزيد عدد الكرات الحمراء على عدد الكرات الزرقاء في الصورة؟",
        [picture],
        [lumen, harrier],
        reference_answer="3",
        superskill="Perception",
        skill="Counting",
        tags=("occlusion", "Arabic", "right-to-left", "emoji"),
        rng=rng,
    )


def shelf(rng: random.Random) -> DemoProblem:
    picture = scenes.shelf(
        (
            (("red cube", RED), ("green cylinder", GREEN), ("yellow sphere", YELLOW), ("blue mug", BLUE)),
            (("purple cone", PURPLE), ("potted plant", GREEN), ("orange cube", ORANGE), ("gap", "")),
        ),
        "A shelf with two boards. Upper board, from the left: red cube, green cylinder, yellow sphere, blue mug. "
        "Lower board: purple cone, potted plant, orange cube, a free place.",
    )
    lumen = Chain(
        LUMEN,
        (
            "The yellow sphere is on the upper board, third from the left.",
            "Directly to the left of it is the blue mug.",
            "Below the blue mug, on the lower board, stands a teal cone.",
            "So it is the blue mug, with a teal cone below it. 🙂",
        ),
        "blue mug, teal cone",
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "perception/spatial",
                        "decisive",
                        (
                            "The blue mug is to the right of the sphere; to its left is the green cylinder.",
                            "Left and right are confused.",
                        ),
                        "Directly to the left of it is the green cylinder.",
                        ("the blue mug",),
                        ("green cylinder", "blue mug"),
                    )
                ),
                3: wrong(
                    Fault(
                        "perception/existence",
                        "decisive",
                        (
                            "There is no teal cone: the place below the mug is free.",
                            "The only cone in the picture is purple, and it stands at the far left.",
                            "An object is invented where the board is empty.",
                        ),
                        "Below the green cylinder, on the lower board, stands a potted plant.",
                        ("a teal cone",),
                        ("gap",),
                    ),
                    inherits=(2,),
                ),
                4: inherited(2, 3),
            },
            "Two separate errors of perception; the second would be one even if the mug were right.",
        ),
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "perception/spatial",
                        "decisive",
                        ("It is the green cylinder; the mug is on the other side.",),
                        "Directly to the left of it is the green cylinder.",
                        ("blue mug",),
                        ("green cylinder",),
                    ),
                    confidence=1.0,
                ),
                3: wrong(
                    Fault(
                        "perception/existence",
                        "decisive",
                        ("No teal cone anywhere.",),
                        None,
                        ("teal cone",),
                        ("gap",),
                    ),
                    inherits=(2,),
                    confidence=1.0,
                ),
                4: inherited(2, 3, confidence=1.0),
            },
            confidence=1.0,
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            "The upper board holds, from left to right: a red cube, a green cylinder, a yellow sphere and a blue mug.",
            "The object directly to the left of the yellow sphere is the green cylinder.",
            "The lower board holds a purple cone, a potted plant 🪴, an orange cube and then a free place.",
            "The green cylinder is second from the left, and so is the potted plant, which is therefore below it.",
        ),
        "green cylinder, potted plant",
        Reading("correct"),
        layout="\n",
        numbered="{}. ",
    )
    return problem(
        "shelf",
        "What stands directly to the left of the yellow sphere, and what is below that object on the lower board?",
        [picture],
        [lumen, harrier],
        reference_answer="The green cylinder; below it is the potted plant.",
        superskill="Perception",
        skill="Spatial",
        tags=("scene", "own and inherited error", "emoji"),
        rng=rng,
    )


def mosaic(rng: random.Random) -> DemoProblem:
    picture = scenes.mosaic(
        ("BSSTBS", "SBTSSB", "TSBSBS", "BSTBSB"),
        {"B": BLUE, "S": SAND, "T": "#c4705a"},
        "A mosaic of 4 rows with 6 tiles each. Blue tiles per row: 2, 2, 2 and 3; the others are sand or terracotta.",
    )
    lumen = Chain(
        LUMEN,
        (
            "Let me go through the mosaic row by row.",
            "It has 4 rows with 6 tiles each, 24 tiles in all.",
            "Blue tiles per row: 2, 2, 2 and 3, together 9.",
            "So the fraction of blue tiles is $\\frac{9}{24}$. 🟦",
        ),
        "9/24",
        Reading(
            "incorrect",
            {
                1: neutral(),
                4: wrong(
                    Fault(
                        "instruction",
                        "minor",
                        (
                            "The question asks for lowest terms: 9/24 must be reduced to 3/8.",
                            "The value is right, the form that was asked for is not.",
                        ),
                        "So the fraction of blue tiles is $\\frac{9}{24} = \\frac{3}{8}$. 🟦",
                        ("$\\frac{9}{24}$",),
                    )
                ),
            },
            "Everything is seen and counted rightly; the instruction is not followed to the end.",
        ),
        Reading(
            "correct",
            {
                1: neutral(),
                4: wrong(
                    Fault("instruction", "cosmetic", ("Not reduced.",), None, ("$\\frac{9}{24}$",)), confidence=0.6
                ),
            },
            "9/24 equals 3/8, so I accept the answer.",
            0.7,
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            r"The mosaic has \(4 \cdot 6 = 24\) tiles.",
            r"I count \(2 + 2 + 2 + 3 = 9\) blue tiles.",
            r"As a fraction, that is \(\frac{9}{24}\).",
            r"Dividing numerator and denominator by 3 gives \(\frac{3}{8}\).",
        ),
        "3/8",
        Reading("correct"),
        layout="\n",
    )
    return problem(
        "mosaic",
        "What fraction of the tiles is blue? Give it in lowest terms.",
        [picture],
        [lumen, harrier],
        reference_answer="3/8",
        superskill="Perception",
        skill="Counting",
        tags=("mosaic", "fraction", "emoji"),
        rng=rng,
    )
