"""Demo problems on charts: bars, lines, a pie, a scatter plot."""

from __future__ import annotations

import random

from annotations.demo import charts
from annotations.demo.canvas import BLUE, GREEN, ORANGE, PURPLE, TEAL
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
    unsure,
    wrong,
)


def bicycles(rng: random.Random) -> DemoProblem:
    picture = charts.bars(
        "Bicycles sold",
        "thousands per year",
        {"2020": 41, "2021": 48, "2022": 62, "2023": 71, "2024": 77},
        top=80,
        step=20,
        description="Bar chart of bicycles sold per year in thousands: 2020 41, 2021 48, 2022 62, 2023 71, 2024 77.",
    )
    corrected = "The bar for 2022 shows 62 thousand bicycles, so the increase is $62 - 48 = 14$ thousand."
    lumen = Chain(
        LUMEN,
        (
            "The chart shows how many bicycles were sold in each of five years, in thousands.",
            "In 2021, 48 thousand bicycles were sold.",
            "The bar for 2022 shows 66 thousand bicycles, so the increase is $66 - 48 = 18$ thousand.",
            "As a percentage of 2021, the increase is $\\frac{18}{48} = 0.375$, that is 37.5 %.",
            "Sales therefore grew by 37.5 %.",
        ),
        "37.5 %",
        Reading(
            "incorrect",
            {
                3: wrong(
                    Fault(
                        "perception/text_reading",
                        "decisive",
                        (
                            "The label above the 2022 bar reads 62, not 66.",
                            "The value for 2022 is misread: 62 thousand bicycles were sold, so the increase is "
                            "14 thousand instead of 18 thousand.",
                            "62 is taken for 66. The subtraction itself is right.",
                        ),
                        corrected,
                        ("66 thousand bicycles",),
                        ("2022",),
                    )
                ),
                4: inherited(3),
                5: inherited(3),
            },
            "One misread label; everything after it follows from the wrong number. With 62 the answer is 29.2 %.",
        ),
        Reading(
            "incorrect",
            {
                3: wrong(
                    Fault(
                        "perception/chart_reading",
                        "decisive",
                        ("The 2022 bar is labelled 62.",),
                        corrected,
                        ("66 thousand",),
                        ("2022",),
                    ),
                    confidence=0.95,
                ),
                5: inherited(3, confidence=0.9),
            },
            "Step 4 divides correctly, so I left it as correct.",
            0.9,
        ),
        critic=Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "perception/text_reading",
                        "minor",
                        ("The label of 2021 is hard to read and could be 43.",),
                        None,
                        ("48 thousand",),
                    )
                ),
                3: wrong(
                    Fault(
                        "perception/text_reading",
                        "decisive",
                        ("The bar for 2022 carries the label 62. The chain says 66.",),
                        corrected,
                        ("66 thousand bicycles",),
                        ("2022",),
                    )
                ),
                4: inherited(3),
                5: inherited(3),
            },
        ),
        corrected=Corrected(
            (
                "The chart shows how many bicycles were sold in each of five years, in thousands.",
                "In 2021, 48 thousand bicycles were sold.",
                corrected,
                "As a percentage of 2021, the increase is $\\frac{14}{48} \\approx 0.292$, that is 29.2 %.",
                "Sales therefore grew by 29.2 %.",
            ),
            "29.2 %",
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            "We need the labels above two bars, those for 2021 and 2022.",
            "They read 48 and 62, both in thousands.",
            r"The increase is \(62 - 48 = 14\) thousand bicycles.",
            r"Relative to 2021 this is \(\frac{14}{48} \approx 0.2917\).",
            "So sales grew by about 29.2 %.",
        ),
        "29.2 %",
        Reading("correct"),
        Reading("correct", confidence=1.0),
        layout="\n",
        numbered="{}. ",
    )
    return problem(
        "bicycles-sold",
        "By how much did sales grow from 2021 to 2022, as a percentage of 2021?",
        [picture],
        [lumen, harrier],
        reference_answer="29.2 %",
        superskill="Reasoning",
        skill="Chart",
        tags=("bar chart", "percentage"),
        rng=rng,
    )


def two_towns(rng: random.Random) -> DemoProblem:
    picture = charts.lines(
        "Mean temperature",
        "°C",
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
        {"Aldermoor": (BLUE, (3, 5, 9, 13, 18, 21)), "Port Sella": (ORANGE, (11, 12, 14, 15, 17, 19))},
        top=25,
        step=5,
        description="Line chart of mean temperatures, January to June. Aldermoor, blue: 3, 5, 9, 13, 18, 21 °C. "
        "Port Sella, orange: 11, 12, 14, 15, 17, 19 °C.",
    )
    lumen = Chain(
        LUMEN,
        (
            "The blue line is Port Sella and the orange line is Aldermoor.",
            r"In January, Port Sella has 3 °C and Aldermoor has 11 °C, a difference of \(11 - 3 = 8\) °C.",
            "In the other months the differences are 7, 5, 2, 1 and 2 °C.",
            "The temperatures differ most in January, by 8 °C.",
        ),
        "January, 8 °C",
        Reading(
            "correct",
            {
                1: wrong(
                    Fault(
                        "perception/attribute",
                        "minor",
                        (
                            "The colours are swapped: the legend gives blue to Aldermoor and orange to Port Sella.",
                            "According to the legend, the blue line is Aldermoor.",
                        ),
                        "The blue line is Aldermoor and the orange line is Port Sella.",
                        ("blue line is Port Sella", "orange line is Aldermoor"),
                        ("legend",),
                    )
                ),
                2: inherited(1),
            },
            "A right answer by a wrong step: the difference is the same whichever town is warmer.",
        ),
        Reading("correct", confidence=0.8),
    )
    harrier = Chain(
        HARRIER,
        (
            "For each month we subtract the lower label from the higher one.",
            r"January: \(11 - 3 = 8\); February: \(12 - 5 = 7\); March: \(14 - 9 = 5\).",
            r"April: \(15 - 13 = 2\); May: \(18 - 17 = 1\); June: \(21 - 19 = 2\).",
            "The largest difference is 8 °C, in January.",
        ),
        "8 °C in January",
        Reading("correct"),
        layout="\n",
    )
    return problem(
        "two-towns",
        "In which of these months do the mean temperatures of the two towns differ most, and by how much?",
        [picture],
        [lumen, harrier],
        reference_answer="January, 8 °C",
        superskill="Reasoning",
        skill="Chart",
        tags=("line chart", "right answer by wrong steps"),
        rng=rng,
    )


def household_energy(rng: random.Random) -> DemoProblem:
    picture = charts.pie(
        "Energy used at home, last year",
        {
            "Heating": (42, BLUE),
            "Hot water": (18, TEAL),
            "Appliances": (22, PURPLE),
            "Lighting": (8, ORANGE),
            "Other": (10, GREEN),
        },
        "Pie chart of energy used at home: heating 42 %, hot water 18 %, appliances 22 %, lighting 8 %, other 10 %.",
    )
    lumen = Chain(
        LUMEN,
        (
            "Heating takes 42 % of the energy, hot water 18 % and lighting 8 %.",
            "Hot water and lighting together take $18 + 8 = 26$ %.",
            "The difference to heating is $42 - 26 = 16$ %.",
            "Of 12,500 kWh that is $0.16 \\times 12500 = 1920$ kWh.",
            "Heating used 1,920 kWh more.",
        ),
        "1,920 kWh",
        Reading(
            "incorrect",
            {
                4: wrong(
                    Fault(
                        "reasoning/arithmetic",
                        "decisive",
                        (
                            "0.16 × 12,500 is 2,000, not 1,920.",
                            "The product is wrong: 16 % of 12,500 kWh is 2,000 kWh.",
                            "1 % of 12,500 kWh is 125 kWh, and 16 × 125 = 2,000.",
                        ),
                        "Of 12,500 kWh that is $0.16 \\times 12500 = 2000$ kWh.",
                        ("$0.16 \\times 12500 = 1920$",),
                    )
                ),
                5: inherited(4),
            },
            "Every value is read correctly; only the multiplication fails.",
        ),
        Reading(
            "incorrect",
            {
                3: wrong(
                    Fault(
                        "reasoning/unit",
                        "cosmetic",
                        ("Strictly, the difference of two percentages is in percentage points.",),
                        "The difference to heating is $42 - 26 = 16$ percentage points.",
                        ("16$ %",),
                    ),
                    confidence=0.6,
                ),
                4: wrong(
                    Fault(
                        "reasoning/arithmetic",
                        "decisive",
                        ("Should be 2000 kWh.",),
                        None,
                        ("1920",),
                    ),
                    confidence=1.0,
                ),
                5: inherited(4, confidence=1.0),
            },
            confidence=0.9,
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            "The slice for heating is 42 % and the slice for hot water is 18 %.",
            r"The difference is \(42 - 18 = 24\) per cent of the total.",
            "One per cent of 12,500 kWh is 125 kWh.",
            r"So heating used \(24 \cdot 125 = 3000\) kWh more.",
        ),
        "3,000 kWh",
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "reasoning/misread_question",
                        "decisive",
                        (
                            "The question compares heating with hot water and lighting together; lighting (8 %) is "
                            "left out.",
                            "Only hot water is subtracted. With lighting it is 42 − (18 + 8) = 16 per cent.",
                        ),
                        r"The difference is \(42 - (18 + 8) = 16\) per cent of the total.",
                        (r"\(42 - 18 = 24\)",),
                        ("Lighting",),
                    )
                ),
                4: inherited(2),
            },
            "Both slices are read correctly, but the question asks for three.",
        ),
        layout="\n",
        numbered="Step {}: ",
    )
    return problem(
        "household-energy",
        "The household used 12,500 kWh last year. How many kWh more went into heating than into hot water and "
        "lighting together?",
        [picture],
        [lumen, harrier],
        reference_answer="2,000 kWh",
        superskill="Reasoning",
        skill="Chart",
        tags=("pie chart", "percentage"),
        rng=rng,
    )


def study_hours(rng: random.Random) -> DemoProblem:
    students = (
        *((0.8, 34), (1.5, 78), (1.8, 46), (2.5, 86), (2.6, 55), (3.2, 73), (3.4, 58)),
        *((4.6, 64), (5.2, 72), (6.0, 66), (6.8, 81), (7.5, 85), (8.2, 77), (9.0, 93)),
    )
    picture = charts.scatter(
        "Study time and test score",
        ("hours of study", 10, 2),
        ("points", 100, 10),
        students,
        places={"upper left": (0.0, 70, 4.0, 100), "dot at 3.2 hours": (2.8, 68, 3.6, 78)},
        description="Scatter plot of points in a test over hours of study, for 14 students.",
    )
    lumen = Chain(
        LUMEN,
        (
            "We look for dots above the line at 70 points.",
            "There are 8 dots above that line.",
            "Five of them lie to the right of 4 hours; the three on the left are outliers and do not count.",
            "So no student fits the description, and the answer is 0.",
        ),
        "0",
        Reading(
            "incorrect",
            {
                3: wrong(
                    Fault(
                        "reasoning/premise",
                        "decisive",
                        (
                            "Nothing in the question allows leaving dots out as outliers.",
                            "The three dots on the left are exactly the students asked for; that they “do not count” "
                            "is made up.",
                        ),
                        "Five of them lie to the right of 4 hours; the three on the left are the students asked for.",
                        ("the three on the left are outliers and do not count",),
                        ("upper left",),
                    )
                ),
                4: inherited(3),
            },
            "The counts are right. The rule in step 3 is invented.",
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            "The limits are the vertical line at 4 hours and the horizontal line at 70 points.",
            "Left of 4 hours there are 7 dots.",
            "Of these, three lie above 70 points, at about 1.5, 2.5 and 3.2 hours.",
            "So 3 students fit.",
        ),
        "3",
        Reading("correct"),
        Reading(
            "correct",
            {3: unsure("The dot at 3.2 hours is close to the line; I would like to zoom in further.", 0.5)},
            confidence=0.7,
        ),
        layout="\n",
        numbered="- ",
    )
    return problem(
        "study-hours",
        "How many students scored more than 70 points although they studied for less than 4 hours?",
        [picture],
        [lumen, harrier],
        reference_answer="3",
        superskill="Perception",
        skill="Chart",
        tags=("scatter plot", "counting"),
        rng=rng,
    )
