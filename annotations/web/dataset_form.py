"""The recipe of a dataset as a form: name, format with its options, and what is let out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import F, Func
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.core.taxonomy import DEFAULT_TAXONOMY, parse_taxonomy
from annotations.exporters.base import GROUPS, ExportFormat, Option, formats
from annotations.models import Author, Problem, Project, Response
from annotations.verbs import publish
from annotations.verbs.pseudonyms import pseudonym
from annotations.verbs.publish_filter import NOT_GIVEN, Filter, critic_names
from annotations.web.response_filter import AGREEMENTS, type_choices

MOST_TAGS = 100  # offered
STAGES = (
    ("any", gettext_lazy("before and after the reveal")),
    ("blind", gettext_lazy("only before the reveal")),
    ("after_reveal", gettext_lazy("only after the reveal")),
)
REFERENCES = (
    ("any", gettext_lazy("with or without a reference")),
    ("given", gettext_lazy("only with a reference")),
    ("gold", gettext_lazy("only with a gold reference")),
    ("adjudicated", gettext_lazy("only adjudicated")),
)
EFFECTS = (
    ("any", gettext_lazy("measured or not")),
    ("measured", gettext_lazy("only with a measured effect")),
    ("fixed", gettext_lazy("only those that fixed an answer")),
    ("never_broke", gettext_lazy("only measured ones that broke none")),
)
# Where a list of choices is empty, it filters nothing.
LISTS = ("licences", "tags", "types")


class DatasetForm(forms.Form):
    name = forms.SlugField(
        max_length=100,
        label=gettext_lazy("Dataset"),
        help_text=gettext_lazy(
            "Letters, digits and hyphens; unique on this instance. A name that is there gets its next version."
        ),
    )
    format = forms.ChoiceField(label=gettext_lazy("Format"))
    people = forms.BooleanField(required=False, initial=True, label=gettext_lazy("Critiques by people"))
    stage = forms.ChoiceField(choices=STAGES, required=False, label=gettext_lazy("Of people"))
    only_people = forms.MultipleChoiceField(required=False, label=gettext_lazy("Only these people"))
    critics = forms.MultipleChoiceField(required=False, label=gettext_lazy("Critics"))
    effect = forms.ChoiceField(choices=EFFECTS, required=False, label=gettext_lazy("Effect of a critique"))
    agreement = forms.ChoiceField(
        choices=[("any", AGREEMENTS[0][1]), *AGREEMENTS[1:]], required=False, label=gettext_lazy("Agreement")
    )
    reference = forms.ChoiceField(choices=REFERENCES, required=False, label=gettext_lazy("Reference"))
    checkpoint = forms.ChoiceField(
        required=False,
        label=gettext_lazy("On-policy for"),
        help_text=gettext_lazy("Only chains by this generator and checkpoint."),
    )
    types = forms.MultipleChoiceField(required=False, label=gettext_lazy("Error types"))
    licences = forms.MultipleChoiceField(required=False, label=gettext_lazy("Licences"))
    tags = forms.MultipleChoiceField(required=False, label=gettext_lazy("With one of these tags"))
    without_tags = forms.MultipleChoiceField(required=False, label=gettext_lazy("Without these tags"))
    plants = forms.BooleanField(
        required=False,
        label=gettext_lazy("Plants too"),
        help_text=gettext_lazy("Chains with an error put in on purpose; their keys begin with planted:."),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Taken from the first publication."),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.critic_names = critic_names(project)
        self.fields["format"].choices = _grouped()  # type: ignore[attr-defined]
        self.fields["critics"].initial = self.critic_names
        people = Author.objects.filter(project=project, kind="person").order_by("name").values_list("name", flat=True)
        self._offer("only_people", [(pseudonym(project, name), name) for name in people.distinct()])
        self._offer("critics", [(name, name) for name in self.critic_names])
        self._offer("checkpoint", _checkpoints(project))
        latest = project.taxonomies.first()
        self._offer("types", type_choices(parse_taxonomy(latest.tree) if latest else DEFAULT_TAXONOMY))
        problems = Problem.objects.filter(project=project).order_by()
        licences = problems.values_list("licence", flat=True).distinct()
        self._offer("licences", sorted((one or NOT_GIVEN, one or _("not given")) for one in licences))
        tags = _tags(project)
        self._offer("tags", tags)
        self._offer("without_tags", tags)
        for format in formats().values():
            for option in format.options:
                self.fields[_field(format.name, option.name)] = _option_field(option)

    def _offer(self, name: str, choices: list[Any]) -> None:
        """A field without choices is no field."""
        if not choices:
            del self.fields[name]
            return
        self.fields[name].choices = choices  # type: ignore[attr-defined]
        if isinstance(self.fields[name], forms.MultipleChoiceField):
            self.fields[name].widget = forms.CheckboxSelectMultiple(choices=choices)

    def of_formats(self) -> list[tuple[ExportFormat, list[forms.BoundField]]]:
        """Each format with the fields of its options."""
        return [
            (format, [self[_field(format.name, option.name)] for option in format.options])
            for format in formats().values()
        ]

    def _there(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]

    def of_critiques(self) -> list[forms.BoundField]:
        return self._there("people", "stage", "critics", "effect")

    def of_people(self) -> list[forms.BoundField]:
        return self._there("only_people")

    def of_chains(self) -> list[forms.BoundField]:
        return self._there("agreement", "reference", "checkpoint", "plants")

    def of_problems(self) -> list[forms.BoundField]:
        return self._there("licences", "tags", "without_tags")

    def of_types(self) -> list[forms.BoundField]:
        return self._there("types")

    def recipe(self) -> publish.Recipe:
        chosen = self.cleaned_data
        format = formats()[chosen["format"]]
        options = {option.name: chosen[_field(format.name, option.name)] for option in format.options}
        return publish.Recipe(
            name=chosen.get("name", ""),
            format=format.name,
            filter=self._filter(chosen),
            options={name: value for name, value in options.items() if value},
            description=chosen["description"],
        )

    def _filter(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        critics = chosen.get("critics", [])
        told: dict[str, Any] = {
            "people": chosen["people"] and (chosen.get("only_people") or True),
            "critics": None if set(critics) == set(self.critic_names) else critics,  # every: also those to come
            "checkpoint": chosen.get("checkpoint", ""),
            "without_tags": chosen.get("without_tags", []),
            "plants": chosen["plants"],
        }
        told |= {name: chosen.get(name) or "any" for name in ("stage", "agreement", "reference", "effect")}
        return told | {name: chosen.get(name) or None for name in LISTS}


def initial_of(recipe: publish.Recipe, names: list[str]) -> dict[str, Any]:
    """What the form shows of a recipe. names: of the project's critics."""
    filter = Filter.parse(recipe.filter)
    given = {
        "name": recipe.name,
        "format": recipe.format,
        "people": filter.people is not False,
        "only_people": [] if isinstance(filter.people, bool) else list(filter.people),
        "critics": names if filter.critics is None else list(filter.critics),
        "without_tags": list(filter.without_tags),
        "plants": filter.plants,
    }
    given |= {name: getattr(filter, name) for name in ("stage", "agreement", "reference", "effect", "checkpoint")}
    given |= {name: list(getattr(filter, name) or ()) for name in LISTS}
    return given | {_field(recipe.format, name): value for name, value in recipe.options.items()}


def _grouped() -> list[tuple[Any, list[tuple[str, str]]]]:
    """By group, what holds everything first; titles in the alphabet of the page's language."""
    held = formats().values()
    return [
        (_(group), sorted(((one.name, _(one.title)) for one in held if one.group == group), key=lambda pair: pair[1]))
        for group in GROUPS
    ]


def _checkpoints(project: Project) -> list[tuple[str, str]]:
    pairs = Response.objects.filter(project=project).order_by("generator", "checkpoint")
    found = pairs.values_list("generator", "checkpoint").distinct()
    named = [f"{generator}@{checkpoint}" if checkpoint else generator for generator, checkpoint in found]
    return [("", _("any generator")), *((name, name) for name in named if name)]


def _tags(project: Project) -> list[tuple[str, str]]:
    each = Problem.objects.filter(project=project).order_by().annotate(tag=Func(F("tags"), function="unnest"))
    return [(tag, tag) for tag in sorted(each.values_list("tag", flat=True).distinct()[:MOST_TAGS])]


def _option_field(option: Option) -> forms.Field:
    """Not required: a browser without scripts sends those of every format, one with them only the chosen one's."""
    told: dict[str, Any] = {
        "label": _(option.name.replace("_", " ").capitalize()), "help_text": _(option.help), "required": False,
    }  # fmt: skip
    if option.free:
        return forms.CharField(max_length=200, **told)
    return forms.ChoiceField(choices=[(value, _(value.replace("_", " "))) for value in option.values], **told)


def _field(format: str, option: str) -> str:
    return f"{format}-{option}"
