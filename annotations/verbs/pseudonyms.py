"""Under which names people leave: pseudonyms, unless the project says otherwise.

A pseudonym is the same in every version of a project's datasets, and found by nobody without this instance's secret. A
name that has the form of one already stays as it is, so that what came in from a published file goes out the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from django.utils.crypto import salted_hmac

from annotations.core import schema
from annotations.models import Project

Named = Callable[[schema.Author], str]
_PSEUDONYM = re.compile(r"person-[0-9a-f]{12}\Z")


def pseudonym(project: Project, name: str) -> str:
    if _PSEUDONYM.match(name):
        return name
    return "person-" + salted_hmac(f"pseudonym {project.pk}", name, algorithm="sha256").hexdigest()[:12]


def pseudonyms(project: Project) -> Named:
    """The name under which an author leaves: a critic's own, a person's pseudonym, or their name if names leave."""
    known: dict[str, str] = {}

    def named(author: schema.Author) -> str:
        if author.kind == "critic" or project.names_leave:
            return author.name
        if author.name not in known:
            known[author.name] = pseudonym(project, author.name)
        return known[author.name]

    return named


def under_pseudonyms(problem: schema.Problem, named: Named) -> schema.Problem:
    """The record with every person in it under the name that `named` gives."""

    def renamed(author: schema.Author) -> schema.Author:
        return author if author.kind == "critic" else replace(author, name=named(author))

    def critique(one: schema.Critique) -> schema.Critique:
        return one if one.author.kind == "critic" else replace(one, author=renamed(one.author))

    def response(one: schema.Response) -> schema.Response:
        effect = one.effect
        if effect and effect.corrector.kind == "person":
            effect = replace(effect, corrector=renamed(effect.corrector))
        return replace(one, effect=effect, critiques=tuple(map(critique, one.critiques)))

    return replace(
        problem,
        responses=tuple(map(response, problem.responses)),
        readings=tuple(replace(one, by=renamed(one.by)) for one in problem.readings),
    )
