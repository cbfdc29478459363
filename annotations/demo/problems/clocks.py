"""Demo problems on clocks: one clock, and two clocks on two images."""

from __future__ import annotations

import random

from annotations.demo import instruments
from annotations.demo.chain import HARRIER, LUMEN, Chain, DemoProblem, Fault, Reading, inherited, problem, wrong


def cinema_clock(rng: random.Random) -> DemoProblem:
    picture = instruments.clock(7, 25, "Clock face: the short hand between 7 and 8, the long hand on 5.")
    lumen = Chain(
        LUMEN,
        (
            "時計の短い針は5を、長い針は7と8の間を指しています。",
            "したがって、映画は5時37分に始まります。",
            "95分は1時間35分です。",
            "5時37分に1時間35分を足すと、7時12分になります。",
            "映画は7時12分に終わります。🎬",
        ),
        "7時12分",
        Reading(
            "incorrect",
            {
                1: wrong(
                    Fault(
                        "perception/attribute",
                        "decisive",
                        (
                            "針が逆です。短い針が7と8の間、長い針が5を指しているので、時刻は7時25分です。",
                            "The hands are swapped: the short hand is between 7 and 8, the long one on 5.",
                        ),
                        "時計の短い針は7と8の間を、長い針は5を指しています。",
                        ("短い針は5を", "長い針は7と8の間を"),
                        ("hour hand", "minute hand"),
                    )
                ),
                2: inherited(1),
                4: inherited(1),
                5: inherited(1),
            },
            "The addition is right; the time that it starts from is not.",
        ),
        Reading(
            "incorrect",
            {
                1: wrong(
                    Fault(
                        "perception/chart_reading",
                        "decisive",
                        ("短針と長針を取り違えています。",),
                        None,
                        ("短い針は5を",),
                        ("hour hand",),
                    ),
                    confidence=1.0,
                ),
                2: inherited(1, confidence=1.0),
                4: inherited(1, confidence=1.0),
                5: inherited(1, confidence=1.0),
            },
            confidence=1.0,
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            "短い針は7と8の間、長い針は5を指しているので、時刻は7時25分です。",
            "95分 = 60分 + 35分 = 1時間35分です。",
            "7時25分 + 1時間35分 = 8時60分 = 9時00分です。",
            "映画は9時に終わります。",
        ),
        "9時",
        Reading("correct"),
        Reading("correct", confidence=1.0),
        layout="\n",
        numbered="{}. ",
    )
    return problem(
        "cinema-clock",
        "この時計の時刻に映画が始まります。上映時間は95分です。映画は何時何分に終わりますか。",
        [picture],
        [lumen, harrier],
        reference_answer="9時00分",
        superskill="Reasoning",
        skill="Clock",
        tags=("clock", "Japanese", "emoji"),
        rng=rng,
    )


def morning_hike(rng: random.Random) -> DemoProblem:
    pictures = [
        instruments.clock(
            9, 40, "Clock named Start: the short hand between 9 and 10, the long one on 8.", name="Start"
        ),
        instruments.clock(
            11, 15, "Clock named Finish: the short hand just after 11, the long one on 3.", name="Finish"
        ),
    ]
    lumen = Chain(
        LUMEN,
        (
            "The first clock shows 9:40: the hour hand is between 9 and 10 and the minute hand is on 8.",
            "The second clock shows 11:03, because its minute hand is on 3.",
            "From 9:40 to 11:03 is 1 hour and 23 minutes.",
            "That is $60 + 23 = 83$ minutes.",
        ),
        "83 minutes",
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "perception/chart_reading",
                        "decisive",
                        (
                            "A minute hand on 3 means 15 minutes past the hour: the clock shows 11:15.",
                            "The figure on the dial is taken for minutes; each figure stands for five.",
                        ),
                        "The second clock shows 11:15, because its minute hand is on 3.",
                        ("11:03",),
                        ("Finish minute hand",),
                    )
                ),
                3: inherited(2),
                4: inherited(2),
            },
            "The first clock is read rightly, the second is not.",
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            "The hike starts at 9:40 (first clock) and ends at 11:15 (second clock).",
            r"Subtracting, \(11.15 - 9.40 = 1.75\), so the hike took 1.75 hours.",
            "1.75 hours are 1 hour and 75 minutes.",
            "So the hike lasted $60 + 75 = 135$ minutes.",
        ),
        "135 minutes",
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "reasoning/unit",
                        "decisive",
                        (
                            "11:15 is not the decimal number 11.15: an hour has 60 minutes, not 100.",
                            "Times are subtracted like decimal numbers. From 9:40 to 11:15 it is 1 hour 35 minutes.",
                            "Hours and minutes are mixed into one decimal number.",
                        ),
                        "From 9:40 to 11:15 it is 1 hour and 35 minutes.",
                        (r"\(11.15 - 9.40 = 1.75\)",),
                    )
                ),
                3: wrong(
                    Fault(
                        "reasoning/unit",
                        "decisive",
                        (
                            "0.75 hours are 45 minutes, not 75.",
                            "Even if 1.75 hours were right, that would be 1 hour and 45 minutes.",
                        ),
                        "1.75 hours are 1 hour and 45 minutes.",
                        ("75 minutes",),
                    ),
                    inherits=(2,),
                ),
                4: inherited(2, 3),
            },
            "Step 3 makes the same kind of mistake anew, so it is marked as its own error and as inherited.",
        ),
        Reading(
            "incorrect",
            {
                2: wrong(
                    Fault(
                        "reasoning/unit",
                        "decisive",
                        ("60 minutes to the hour. It is 1 h 35 min.",),
                        "From 9:40 to 11:15 it is 1 hour and 35 minutes, 95 minutes.",
                        ("11.15 - 9.40 = 1.75",),
                    ),
                    confidence=1.0,
                ),
                3: inherited(2, confidence=0.8),
                4: inherited(2, confidence=0.9),
            },
            confidence=0.9,
        ),
        layout="\n",
        numbered="{}. ",
    )
    return problem(
        "morning-hike",
        "A hiker sets out at the time on the first clock and is back at the time on the second, on the same morning. "
        "How many minutes did the hike take?",
        pictures,
        [lumen, harrier],
        reference_answer="95 minutes",
        superskill="Reasoning",
        skill="Clock",
        tags=("clock", "two images"),
        rng=rng,
    )
