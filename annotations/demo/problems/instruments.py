"""Demo problems on instruments: a thermometer, a ruler, kitchen scales and a pair of pans."""

from __future__ import annotations

import random

from annotations.demo import instruments
from annotations.demo.chain import HARRIER, LUMEN, Chain, DemoProblem, Fault, Reading, inherited, problem, wrong


def frost(rng: random.Random) -> DemoProblem:
    picture = instruments.thermometer(
        -6,
        -20,
        30,
        "Ein Thermometer von −20 bis 30 °C, mit einem Strich für jedes Grad. Die rote Säule endet bei −6 °C.",
    )
    lumen = Chain(
        LUMEN,
        (
            "Die rote Säule endet bei 6 °C.",
            "Bis zum Mittag steigt die Temperatur um 11 °C, also rechnen wir $6 + 11 = 17$.",
            "Mittags sind es 17 °C. ☀️",
        ),
        "17 °C",
        Reading(
            "incorrect",
            {
                1: wrong(
                    Fault(
                        "perception/chart_reading",
                        "decisive",
                        (
                            "Die Säule endet links von der Null: Es sind −6 °C, nicht 6 °C.",
                            "Das Vorzeichen fehlt. Die Säule endet sechs Striche unter null.",
                            "The column ends six lines below zero, at −6 °C.",
                        ),
                        "Die rote Säule endet bei −6 °C.",
                        ("bei 6 °C",),
                        ("end of the column",),
                    )
                ),
                2: inherited(1),
                3: inherited(1),
            },
            "Ein fehlendes Vorzeichen; die Addition danach stimmt.",
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            "Die Säule endet links von der Null, und zwar sechs Striche darunter: $-6$ °C.",
            "Bis zum Mittag kommen 11 °C hinzu.",
            "$-6 + 11 = 5$, mittags sind es also 5 °C.",
        ),
        "5 °C",
        Reading("correct"),
        Reading(
            "correct",
            {
                1: wrong(
                    Fault(
                        "format",
                        "cosmetic",
                        ("„Links“ und „darunter“ in einem Satz ist unschön; das Thermometer liegt.",),
                        None,
                        ("sechs Striche darunter",),
                    ),
                    confidence=0.5,
                ),
            },
            confidence=0.9,
        ),
    )
    return problem(
        "frost",
        "Das Thermometer zeigt die Temperatur um 6 Uhr. Bis zum Mittag steigt sie um 11 °C. Wie warm ist es dann?",
        [picture],
        [lumen, harrier],
        reference_answer="5 °C",
        superskill="Perception",
        skill="Measuring",
        tags=("thermometer", "German", "emoji"),
        rng=rng,
    )


def pencil(rng: random.Random) -> DemoProblem:
    picture = instruments.ruler(2.0, 11.5, "A pencil above a ruler: its blunt end is at 2 cm and its tip at 11.5 cm.")
    lumen = Chain(
        LUMEN,
        (
            "The tip of the pencil is at 11.5 cm on the ruler.",
            "The pencil starts at the beginning of the ruler, so it is 11.5 cm long.",
            r"Since 1 cm is 10 mm, we get \(11.5 \cdot 10 = 115\).",
            "The pencil is 115 mm long.",
        ),
        "115 mm",
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "perception/spatial",
                        "decisive",
                        (
                            "The blunt end of the pencil is at 2 cm, not at 0, so its length is 11.5 − 2 = 9.5 cm.",
                            "The pencil does not start at the beginning of the ruler.",
                        ),
                        "The pencil starts at 2 cm, so it is 9.5 cm long.",
                        ("starts at the beginning of the ruler",),
                        ("blunt end",),
                    )
                ),
                3: inherited(2),
                4: inherited(2),
            },
        ),
        layout="\n",
    )
    harrier = Chain(
        HARRIER,
        (
            "The blunt end is at 2 cm and the tip is at 11.5 cm.",
            r"The length is \(11.5 - 2 = 9.5\) cm.",
            r"One centimetre has 100 millimetres, so we get \(9.5 \cdot 100 = 950\).",
            "The pencil is 950 mm long.",
        ),
        "950 mm",
        Reading(
            "incorrect",
            {
                3: wrong(
                    Fault(
                        "reasoning/unit",
                        "decisive",
                        (
                            "One centimetre has 10 millimetres: 9.5 cm are 95 mm.",
                            "The factor for metres and centimetres is used for centimetres and millimetres.",
                            "A pencil of 950 mm would be almost a metre long.",
                        ),
                        r"One centimetre has 10 millimetres, so we get \(9.5 \cdot 10 = 95\).",
                        ("100 millimetres",),
                    )
                ),
                4: inherited(3),
            },
            "Both readings are right; the conversion is not.",
        ),
        Reading(
            "incorrect",
            {
                3: wrong(
                    Fault("knowledge", "decisive", ("1 cm = 10 mm",), None, ("One centimetre has 100 millimetres",)),
                    confidence=1.0,
                ),
                4: inherited(3, confidence=1.0),
            },
            confidence=1.0,
        ),
        layout="\n",
        numbered="{}) ",
    )
    return problem(
        "pencil",
        "How long is the pencil, in millimetres?",
        [picture],
        [lumen, harrier],
        reference_answer="95 mm",
        superskill="Perception",
        skill="Measuring",
        tags=("ruler", "units"),
        rng=rng,
    )


def apples(rng: random.Random) -> DemoProblem:
    picture = instruments.kitchen_scales(
        1150,
        5,
        "Empty bowl:\n250 g",
        "A bowl with five apples on kitchen scales whose pointer shows 1150 g. A note says: empty bowl, 250 g.",
    )
    lumen = Chain(
        LUMEN,
        (
            "The pointer stands at 1150 g.",
            "There are 5 apples in the bowl.",
            "So the apples together weigh 1150 g, and each of them $1150 \\div 5 = 230$ g.",
            "Each apple weighs 230 g. 🍎",
        ),
        "230 g",
        Reading(
            "incorrect",
            {
                3: wrong(
                    Fault(
                        "reasoning/premise",
                        "decisive",
                        (
                            "1150 g is the weight of the apples and the bowl; the bowl's 250 g are not subtracted.",
                            "The note on the right is ignored. The apples weigh 1150 − 250 = 900 g.",
                            "Without the bowl each apple weighs 900 ÷ 5 = 180 g.",
                        ),
                        "So the apples together weigh $1150 - 250 = 900$ g, and each of them $900 \\div 5 = 180$ g.",
                        ("the apples together weigh 1150 g",),
                        ("note",),
                    )
                ),
                4: inherited(3),
            },
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            "The pointer of the scales stands at 1150 g.",
            "The note says that the empty bowl weighs 250 g.",
            "There are 6 apples in the bowl.",
            r"The apples together weigh \(1150 - 250 = 900\) g.",
            r"Each of the 5 apples weighs \(900 \div 5 = 180\) g.",
        ),
        "180 g",
        Reading(
            "correct",
            {
                3: wrong(
                    Fault(
                        "perception/count",
                        "minor",
                        (
                            "There are 5 apples in the bowl, not 6.",
                            "One apple too many is counted; step 5 silently uses the right number.",
                        ),
                        "There are 5 apples in the bowl.",
                        ("6 apples",),
                        ("apples",),
                    )
                ),
            },
            "The answer is right although step 3 is wrong: nothing is built on the wrong count.",
        ),
        Reading("correct", comment="Clear and complete.", confidence=0.9),
        layout="\n",
        numbered="Step {}: ",
    )
    return problem(
        "apples",
        "All the apples weigh the same. How much does one of them weigh?",
        [picture],
        [lumen, harrier],
        reference_answer="180 g",
        superskill="Reasoning",
        skill="Measuring",
        tags=("scales", "right answer by wrong steps", "emoji"),
        rng=rng,
    )


def balance(rng: random.Random) -> DemoProblem:
    picture = instruments.pans(
        (3, 50),
        (1, 170),
        "Two pans in balance: three equal cubes and a weight of 50 g on the left, one cube and 170 g on the right.",
    )
    lumen = Chain(
        LUMEN,
        (
            r"Let \(x\) be the weight of one cube in grams. The pans balance, so \(3x + 50 = x + 170\).",
            r"Bringing the cubes to one side and the weights to the other gives \(4x = 120\).",
            r"So \(x = 120 \div 4 = 30\).",
            "Each cube weighs 30 g.",
        ),
        "30 g",
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "reasoning/algebra",
                        "decisive",
                        (
                            "Subtracting x on both sides gives 2x = 120, not 4x = 120.",
                            "The x on the right is added to the left instead of being subtracted.",
                            "Check: with x = 30 the left pan holds 140 g and the right one 200 g.",
                        ),
                        r"Bringing the cubes to one side and the weights to the other gives \(2x = 120\).",
                        (r"\(4x = 120\)",),
                    )
                ),
                3: inherited(2),
                4: inherited(2),
            },
            "The equation is right; solving it fails at the sign.",
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            "On the left there are three cubes and a weight of 50 g; on the right there are one cube and 170 g.",
            r"Taking one cube and 50 g off each side keeps the balance: two cubes weigh \(170 - 50 = 120\) g.",
            r"One cube weighs \(120 \div 2 = 60\) g. ⚖️",
        ),
        "60 g",
        Reading("correct"),
        layout="\n",
    )
    return problem(
        "balance",
        "The pans are in balance, and all the cubes weigh the same. How much does one cube weigh?",
        [picture],
        [lumen, harrier],
        reference_answer="60 g",
        superskill="Reasoning",
        skill="Measuring",
        tags=("balance", "equation", "emoji"),
        rng=rng,
    )
