"""Whether a response's critiques agree, as conditions in SQL.

Only a response's latest critiques count, and only those of its present segmentation are compared: what a list says is
what the compare page shows. A step's stance is that of `core.critique_facts.stance`.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Value, When

from annotations.models import Critique, CritiqueHead, Judgment

AGREEMENTS = ("differs", "agrees", "incomparable", "single", "none")


def agreement(name: str, heads: QuerySet[CritiqueHead]) -> Q:
    """Of a response: one of AGREEMENTS holds. heads: its latest critiques, by an OuterRef."""
    several = Q(Exists(heads[1:2]))
    return {
        "differs": differs(),
        "agrees": compared() & ~differs(),
        "incomparable": several & ~compared(),
        "single": Q(Exists(heads)) & ~several,
        "none": ~Q(Exists(heads)),
    }[name]


def differs() -> Q:
    """Of a response: the latest critiques take different stances on a step, or on the answer."""
    on_a_step = _stances().filter(least__lt=F("most"))
    on_the_answer = _answers().filter(least__lt=F("most"))
    return Q(Exists(on_a_step)) | Q(Exists(on_the_answer))


def compared() -> Q:
    """Of a response: at least two of the latest critiques have judged the same step, or the answer."""
    return Q(Exists(_stances().filter(said__gt=1))) | Q(Exists(_answers().filter(said__gt=1)))


def _stances() -> Any:
    """Per step of the outer response: how many stances are taken, the least and the most of them."""
    flagged = Q(verdict="incorrect") | Q(own_error=True) | ~Q(inherits_from=[])
    stance = Case(When(flagged, then=Value("incorrect")), default=F("verdict"), output_field=CharField())
    heads = CritiqueHead.objects.filter(response=OuterRef(OuterRef("pk")))
    judged = Judgment.objects.filter(
        critique__in=heads.values("critique"), segmentation=OuterRef("segmentation"), state="judged"
    )
    return (
        judged.order_by()
        .values("number")
        .annotate(said=Count("critique"), least=Min(stance), most=Max(stance))
        .values("number")
    )


def _answers() -> Any:
    judged = Critique.objects.filter(
        head__response=OuterRef("pk"), segmentation=OuterRef("segmentation"), state="judged"
    )
    return (
        judged.order_by()
        .values("response")
        .annotate(said=Count("pk"), least=Min("verdict"), most=Max("verdict"))
        .values("response")
    )
