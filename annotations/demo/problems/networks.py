"""Demo problems on a tram network and on the map of a small town."""

from __future__ import annotations

import random

from annotations.demo import networks
from annotations.demo.canvas import MINT, SAND
from annotations.demo.chain import HARRIER, LUMEN, Chain, DemoProblem, Fault, Reading, inherited, problem, wrong


def tram_lines(rng: random.Random) -> DemoProblem:
    picture = networks.network(
        "Tram lines, lengths in km",
        {"A": (140, 480), "B": (410, 250), "C": (410, 710), "D": (780, 250), "E": (780, 710), "F": (1060, 480)},
        {
            ("A", "B"): 4,
            ("A", "C"): 2,
            ("B", "C"): 1,
            ("B", "D"): 5,
            ("C", "D"): 8,
            ("C", "E"): 10,
            ("D", "E"): 2,
            ("D", "F"): 6,
            ("E", "F"): 3,
        },
        [("B", "E")],
        "Tram network of six stops. Lengths in km: A–B 4, A–C 2, B–C 1, B–D 5, C–D 8, C–E 10, D–E 2, D–F 6, E–F 3.",
    )
    lumen = Chain(
        LUMEN,
        (
            "From A the shortest line leads to C, 2 km, and from C it is 1 km to B.",
            "From B a line of 4 km leads directly to E.",
            "From E it is 3 km to F.",
            "The route A–C–B–E–F has $2 + 1 + 4 + 3 = 10$ km.",
            "So the shortest route is 10 km long.",
        ),
        "10 km",
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "perception/existence",
                        "decisive",
                        (
                            "There is no line between B and E.",
                            "B is joined to A, C and D only; a direct line to E does not exist in the picture.",
                            "The line is invented. From B to E one must go over D: 5 + 2 = 7 km.",
                        ),
                        "From B it is 5 km to D and from there 2 km to E.",
                        ("a line of 4 km leads directly to E",),
                        ("B–E",),
                    )
                ),
                4: inherited(2),
                5: inherited(2),
            },
            "The shortest route is A–C–B–D–E–F with 2 + 1 + 5 + 2 + 3 = 13 km.",
        ),
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "perception/existence",
                        "decisive",
                        ("I see no line from B to E.",),
                        None,
                        ("leads directly to E",),
                        ("B–E",),
                    ),
                    confidence=0.9,
                ),
                4: inherited(2, confidence=0.9),
                5: inherited(2, confidence=0.9),
            },
            confidence=0.9,
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            "Two lines leave A: to B (4 km) and to C (2 km).",
            "Since C is nearer, the shortest route must begin with A–C, "
            "and from C only lines to D (8 km) and E (10 km) go on.",
            r"Over E: \(2 + 10 + 3 = 15\) km. Over D and then straight to F: \(2 + 8 + 6 = 16\) km.",
            "The shortest route is 15 km long.",
        ),
        "15 km",
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "reasoning/logic",
                        "minor",
                        (
                            "A nearer first stop does not make a route the shortest; both beginnings must be compared.",
                            "The route does begin with A–C, but that does not follow from C being nearer.",
                        ),
                        None,
                        ("Since C is nearer, the shortest route must begin with A–C",),
                    ),
                    Fault(
                        "perception/existence",
                        "decisive",
                        (
                            "The line from C to B (1 km) is overlooked; the shortest route uses it.",
                            "C is joined to B as well, and A–C–B is even shorter than A–B.",
                        ),
                        "From C one can go on to B (1 km), D (8 km) or E (10 km).",
                        ("from C only lines to D (8 km) and E (10 km) go on",),
                        ("B–C",),
                    ),
                ),
                4: inherited(2),
            },
            "Two errors in one step. Step 3 gives true lengths of two routes, so it is correct in itself.",
        ),
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "perception/existence",
                        "decisive",
                        ("C–B with 1 km is missing.",),
                        None,
                        ("only lines to D (8 km) and E (10 km)",),
                        ("B–C",),
                    ),
                    confidence=0.8,
                ),
                3: inherited(2, confidence=0.6),
                4: inherited(2, confidence=0.8),
            },
            confidence=0.8,
        ),
        layout="\n",
        numbered="{}. ",
    )
    return problem(
        "tram-lines",
        "How long is the shortest route from A to F?",
        [picture],
        [lumen, harrier],
        reference_answer="13 km",
        superskill="Reasoning",
        skill="Graph",
        tags=("network", "shortest path"),
        rng=rng,
    )


def town_map(rng: random.Random) -> DemoProblem:
    building, house = "#c3d4e8", "#eed3ce"
    picture = networks.town(
        {
            "School": (0, 0, SAND),
            "Bakery": (1, 0, house),
            "Library": (2, 0, building),
            "Market": (0, 1, house),
            "Town hall": (1, 1, building),
            "Park": (3, 1, MINT),
            "Station": (1, 2, SAND),
            "Museum": (2, 2, building),
        },
        "Map of a town in four by three blocks, north at the top. From west to east, top row: School, Bakery, Library; "
        "middle row: Market, Town hall, a free block, Park; bottom row: a free block, Station, Museum. River: east.",
    )
    lumen = Chain(
        LUMEN,
        (
            "The Station is in the bottom row, second block from the left.",
            "Two blocks north of it is the Bakery.",
            "One block east of the Bakery is the School.",
            "The answer is A.",
        ),
        "A",
        Reading(
            "incorrect",
            {
                3: wrong(
                    Fault(
                        "perception/spatial",
                        "decisive",
                        (
                            "The School is west of the Bakery; one block east of it is the Library.",
                            "East and west are confused. North is at the top, so east is to the right.",
                            "To the right of the Bakery is the Library, not the School.",
                        ),
                        "One block east of the Bakery is the Library.",
                        ("the School",),
                        ("School", "Library"),
                    )
                ),
                4: inherited(3),
            },
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            "North is at the top of the map (see the arrow), so east is to the right.",
            "Two blocks north of the Station, past the Town hall, is the Bakery.",
            "One block east of the Bakery is the Library.",
            "Answer: the Library 📚",
        ),
        "the Library",
        Reading(
            "correct",
            {
                4: wrong(
                    Fault(
                        "format",
                        "minor",
                        (
                            "The question asks for the letter: B.",
                            "The place is right, but it is named in words instead of by its letter.",
                        ),
                        "Answer: B",
                        ("the Library",),
                    )
                ),
            },
            "Right in content; only the form of the answer is not what was asked for.",
        ),
        Reading(
            "incorrect",
            {
                4: wrong(
                    Fault("format", "minor", ("Not a letter.",), "B", ("the Library 📚",)),
                    confidence=0.7,
                ),
            },
            "The answer has to be a letter, so I count it as incorrect.",
            0.7,
        ),
        layout="\n",
        numbered="{}. ",
    )
    return problem(
        "town-map",
        "From the Station, walk two blocks north and then one block east. Where are you? Answer with the letter.",
        [picture],
        [lumen, harrier],
        reference_answer="B",
        options=("School", "Library", "Bakery", "Museum"),
        superskill="Perception",
        skill="Spatial",
        tags=("map", "multiple choice"),
        rng=rng,
    )
