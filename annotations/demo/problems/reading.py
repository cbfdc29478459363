"""Demo problems on text in images: a league table, a receipt, the notice board of a pool."""

from __future__ import annotations

import random

from annotations.demo import tables
from annotations.demo.chain import HARRIER, LUMEN, Chain, DemoProblem, Fault, Reading, inherited, problem, wrong


def harbour_league(rng: random.Random) -> DemoProblem:
    picture = tables.table(
        "Harbour League: five clubs after 10 matches",
        ("Club", "W", "D", "L", "GF", "GA", "Pts"),
        (
            ("Northgate", "7", "2", "1", "24", "10", "23"),
            ("Eastmoor", "7", "1", "2", "27", "11", "22"),
            ("Calder", "5", "3", "2", "19", "14", "18"),
            ("Fenwick", "4", "2", "4", "16", "17", "14"),
            ("Oakridge", "2", "1", "7", "9", "25", "7"),
        ),
        "League table of five clubs with wins, draws, losses, goals for, goals against and points. Goals for and "
        "against: Northgate 24 and 10, Eastmoor 27 and 11, Calder 19 and 14, Fenwick 16 and 17, Oakridge 9 and 25.",
    )
    lumen = Chain(
        LUMEN,
        (
            "Northgate leads the table with 23 points.",
            "It has 24 goals for and 10 against, so its goal difference is $24 - 10 = 14$.",
            "Eastmoor has 27 goals for and 14 against, a difference of $27 - 14 = 13$.",
            "Calder has $19 - 14 = 5$, and the other two clubs are below zero.",
            "Northgate therefore has the best goal difference, +14.",
        ),
        "Northgate, +14",
        Reading(
            "incorrect",
            {
                3: wrong(
                    Fault(
                        "perception/text_reading",
                        "decisive",
                        (
                            "14 is Calder's number of goals against, one row below. Eastmoor has 11.",
                            "The eye slips into the next row: Eastmoor's goal difference is 27 − 11 = 16.",
                        ),
                        "Eastmoor has 27 goals for and 11 against, a difference of $27 - 11 = 16$.",
                        ("14 against",),
                        ("Eastmoor/GA", "Calder/GA"),
                    )
                ),
                5: inherited(3),
            },
            "A slip of one row decides the answer.",
        ),
        layout="\n",
        numbered="{}. ",
    )
    harrier = Chain(
        HARRIER,
        (
            r"Northgate: \(24 - 10 = 14\); Eastmoor: \(27 - 11 = 16\).",
            r"Calder: \(19 - 14 = 6\); Fenwick: \(16 - 17 = -1\); Oakridge: \(9 - 25 = -16\).",
            "The largest of these numbers is 16.",
            "Eastmoor has the best goal difference, +16.",
        ),
        "Eastmoor, +16",
        Reading(
            "correct",
            {
                2: wrong(
                    Fault(
                        "reasoning/arithmetic",
                        "minor",
                        (
                            "19 − 14 is 5, not 6.",
                            "Calder's difference is off by one. It does not touch the answer.",
                        ),
                        r"Calder: \(19 - 14 = 5\); Fenwick: \(16 - 17 = -1\); Oakridge: \(9 - 25 = -16\).",
                        (r"\(19 - 14 = 6\)",),
                        ("Calder",),
                    )
                ),
            },
            "A right answer with a wrong step: with 5 instead of 6 the largest difference is still 16.",
        ),
        Reading(
            "correct",
            {
                2: wrong(
                    Fault("reasoning/arithmetic", "minor", ("19 - 14 = 5",), None, ("19 - 14 = 6",)), confidence=1.0
                ),
                3: inherited(2, confidence=0.5),
            },
            confidence=0.8,
        ),
        layout="\n",
    )
    return problem(
        "harbour-league",
        "Which club has the best goal difference (goals for, GF, minus goals against, GA), and what is it?",
        [picture],
        [lumen, harrier],
        reference_answer="Eastmoor, +16",
        superskill="Perception",
        skill="Table",
        tags=("table", "right answer by wrong steps"),
        rng=rng,
    )


def receipt(rng: random.Random) -> DemoProblem:
    picture = tables.receipt(
        "Chez Paulin",
        "12 rue du Port",
        (
            (2, "Cappuccino", "7,20"),
            (1, "Tarte citron", "4,50"),
            (1, "Jus d’orange", "3,90"),
            (2, "Macaron", "3,60"),
        ),
        total="19,20",
        thanks="Merci de votre visite",
        description="Ticket de caisse : 2 cappuccinos 7,20, 1 tarte citron 4,50, 1 jus d’orange 3,90, 2 macarons 3,60, "
        "total 19,20 euros.",
    )
    lumen = Chain(
        LUMEN,
        (
            "Le ticket indique un total de 19,80 €.",
            "Le client donne un billet de 50 €.",
            "La monnaie est donc de $50 - 19{,}80 = 30{,}20$ €.",
            "On lui rend 30,20 € 💶.",
        ),
        "30,20 €",
        Reading(
            "incorrect",
            {
                1: wrong(
                    Fault(
                        "perception/text_reading",
                        "decisive",
                        (
                            "Le total imprimé est 19,20 €, et non 19,80 €.",
                            "Le total est mal lu : 7,20 + 4,50 + 3,90 + 3,60 = 19,20.",
                            "The printed total reads 19,20, not 19,80.",
                        ),
                        "Le ticket indique un total de 19,20 €.",
                        ("19,80 €",),
                        ("total",),
                    )
                ),
                3: inherited(1),
                4: inherited(1),
            },
            "La soustraction est juste, le montant de départ ne l’est pas.",
        ),
        Reading(
            "incorrect",
            {
                1: wrong(
                    Fault(
                        "perception/text_reading",
                        "decisive",
                        ("C’est 19,20.",),
                        "Le ticket indique un total de 19,20 €.",
                        ("19,80",),
                        ("total",),
                    ),
                    confidence=1.0,
                ),
                3: inherited(1, confidence=1.0),
                4: inherited(1, confidence=1.0),
            },
            confidence=1.0,
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            r"Deux cappuccinos à 7,20 € coûtent \(2 \times 7{,}20 = 14{,}40\) €.",
            r"Deux macarons à 3,60 € coûtent \(2 \times 3{,}60 = 7{,}20\) €.",
            r"Avec la tarte (4,50 €) et le jus (3,90 €), cela fait \(14{,}40 + 7{,}20 + 4{,}50 + 3{,}90 = 30\) €.",
            r"Sur 50 €, on rend \(50 - 30 = 20\) €.",
        ),
        "20 €",
        Reading(
            "incorrect",
            {
                1: wrong(
                    Fault(
                        "perception/relation",
                        "decisive",
                        (
                            "7,20 € est le prix de la ligne, donc des deux cappuccinos ensemble.",
                            "Le prix d’une ligne est pris pour un prix à l’unité.",
                            "The 7,20 is for both cappuccinos; it must not be doubled.",
                        ),
                        "Deux cappuccinos coûtent ensemble 7,20 €.",
                        ("à 7,20 €",),
                        ("Cappuccino",),
                    )
                ),
                2: wrong(
                    Fault(
                        "perception/relation",
                        "decisive",
                        (
                            "3,60 € est le prix des deux macarons.",
                            "La même confusion qu’à l’étape 1, sur une autre ligne.",
                        ),
                        "Deux macarons coûtent ensemble 3,60 €.",
                        ("à 3,60 €",),
                        ("Macaron",),
                    )
                ),
                3: inherited(1, 2),
                4: inherited(1, 2),
            },
            "Le total imprimé, 19,20 €, aurait dû faire douter. On rend 30,80 €.",
        ),
        layout="\n",
        numbered="{}. ",
    )
    return problem(
        "receipt",
        "Le client paie avec un billet de 50 €. Combien de monnaie lui rend-on ?",
        [picture],
        [lumen, harrier],
        reference_answer="30,80 €",
        superskill="Perception",
        skill="OCR",
        tags=("receipt", "French", "emoji"),
        rng=rng,
    )


def lakeside_pool(rng: random.Random) -> DemoProblem:
    picture = tables.notice(
        "Lakeside Pool",
        (("Monday – Friday", "7:00 – 21:00"), ("Saturday", "8:00 – 20:00"), ("Sunday", "9:00 – 18:00")),
        ("Last entry 45 minutes before closing", "Children under 6 swim free"),
        "Notice board of Lakeside Pool. Monday to Friday 7:00 to 21:00, Saturday 8:00 to 20:00, Sunday 9:00 to 18:00. "
        "Last entry 45 minutes before closing. Children under 6 swim free.",
    )
    lumen = Chain(
        LUMEN,
        (
            "On Saturday the pool is open from 8:00 to 20:00.",
            "19:20 lies between 8:00 and 20:00.",
            "So she may still go in, with 40 minutes left to swim 🏊‍♀️🎉.",
            "Answer: yes.",
        ),
        "yes",
        Reading(
            "incorrect",
            {
                3: wrong(
                    Fault(
                        "reasoning/premise",
                        "decisive",
                        (
                            "The last entry is at 19:15, 45 minutes before closing; this line is ignored.",
                            "Being open is not enough: nobody is let in during the last 45 minutes.",
                        ),
                        "The last entry is at 19:15, so she may not go in any more.",
                        ("she may still go in", "🏊‍♀️🎉"),
                        ("note 1",),
                    )
                ),
                4: inherited(3),
            },
        ),
        Reading(
            "incorrect",
            {
                3: wrong(
                    Fault(
                        "reasoning/premise",
                        "decisive",
                        ("Last entry was at 19:15.",),
                        None,
                        ("she may still go in",),
                    ),
                    confidence=0.9,
                ),
                4: inherited(3, confidence=0.9),
            },
            confidence=0.9,
        ),
    )
    harrier = Chain(
        HARRIER,
        (
            "Saturday's opening hours are 8:00–20:00 🕗.",
            "The notice adds that the last entry is 45 minutes before closing.",
            "45 minutes before 20:00 is 19:15.",
            "19:20 is after 19:15, so the answer is no 🚫.",
        ),
        "no",
        Reading("correct"),
        layout="\n",
        numbered="{}. ",
    )
    return problem(
        "lakeside-pool",
        "Noor arrives on a Saturday at 19:20. May she still go in? 🏊",
        [picture],
        [lumen, harrier],
        reference_answer="No: the last entry is at 19:15.",
        superskill="Perception",
        skill="OCR",
        tags=("sign", "emoji"),
        rng=rng,
    )
