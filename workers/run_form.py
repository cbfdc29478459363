"""The form that starts a run: which critic reads which responses, how often, and what it may cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.models import Project
from workers import runs
from workers.budget import Budget
from workers.estimate import Estimate, estimate
from workers.models import Critic, Run

FILTER = "only"  # prefix of the filter's fields
PRIORITIES = (
    ("", gettext_lazy("small runs before big ones")),
    ("20", gettext_lazy("before all others")),
    ("0", gettext_lazy("as it comes")),
    ("-10", gettext_lazy("after all others")),
)


class BudgetForm(forms.Form):
    """Each left empty has no end."""

    calls = forms.IntegerField(label=gettext_lazy("Most calls"), required=False, min_value=1)
    tokens = forms.IntegerField(label=gettext_lazy("Most tokens"), required=False, min_value=1)
    seconds = forms.IntegerField(label=gettext_lazy("Most seconds"), required=False, min_value=1)

    prefix = "budget"

    def budget(self) -> Budget:
        return Budget(**self.cleaned_data)


class RunForm(forms.Form):
    critic = forms.ChoiceField(label=gettext_lazy("Critic"))
    which = forms.ChoiceField(
        label=gettext_lazy("Responses"),
        choices=[
            ("all", gettext_lazy("all of the project")),
            ("new", gettext_lazy("those without a critique of this critic")),
            ("filter", gettext_lazy("those that the filter lets through")),
            ("keys", gettext_lazy("these, by key")),
        ],
    )
    keys = forms.CharField(
        label=gettext_lazy("Keys"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One key a line, for “these, by key”."),
    )
    samples = forms.IntegerField(
        label=gettext_lazy("Samples"),
        initial=1,
        min_value=1,
        max_value=runs.MAX_SAMPLES,
        help_text=gettext_lazy("Critiques of each response."),
    )
    seed = forms.IntegerField(
        label=gettext_lazy("Seed"), initial=0, required=False, min_value=0, max_value=2**31 - 1,
        help_text=gettext_lazy("The same seed draws the same again."),
    )  # fmt: skip
    priority = forms.ChoiceField(label=gettext_lazy("Priority"), required=False, choices=PRIORITIES)
    standing = forms.BooleanField(
        label=gettext_lazy("Critique each new response too"),
        required=False,
        help_text=gettext_lazy("What comes in later gets jobs by itself, chosen alike, until the run is cancelled."),
    )

    def __init__(self, project: Project, critics: list[Critic], query: Any = None) -> None:
        super().__init__(query)
        self.project = project
        self.budget_form = BudgetForm(query)
        models = {runs.BUILT_IN: "default"} | {critic.name: critic.model for critic in critics}
        named = [(name, f"{name} ({_model_in_words(model)})") for name, model in models.items()]
        self.fields["critic"].choices = named  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, Any]:
        """How its responses are chosen, as a run keeps it."""
        asked = self.cleaned_data
        found: dict[str, Any] = {"which": asked["which"]}
        if asked["which"] == "keys":
            found["keys"] = [key for line in asked["keys"].splitlines() if (key := line.strip())]
        if asked["which"] == "filter":
            found["query"] = filter_fields(self.data)
        return found

    def is_valid(self) -> bool:
        budget_is_valid = self.budget_form.is_valid()
        return super().is_valid() and budget_is_valid

    def estimate(self, *, by: Any) -> Estimate:
        """Raises ValueError, with words for the form."""
        critic = runs.critic_named(self.project, self.cleaned_data["critic"], by=by)
        if why := runs.refusal_before_start(critic):
            raise ValueError(why)
        return estimate(critic, runs.choose(critic, **self.chosen), samples=self.cleaned_data["samples"])

    def start(self, *, by: Any) -> Run:
        """Raises ValueError, with words for the form."""
        asked, chosen = self.cleaned_data, self.chosen
        critic = runs.critic_named(self.project, asked["critic"], by=by)
        return runs.start_run(
            critic,
            runs.choose(critic, **chosen),
            by=by,
            samples=asked["samples"],
            seed=asked["seed"] or 0,
            priority=int(asked["priority"]) if asked["priority"] else None,
            budget=self.budget_form.budget(),
            chosen=chosen,
            standing=asked["standing"],
        )


def filter_fields(query: Mapping[str, Any]) -> dict[str, Any]:
    """What of a form's query belongs to the filter of responses in it, by that filter's own names."""
    marked = {name: value for name, value in query.items() if name.startswith(f"{FILTER}-") and value}
    return {name.removeprefix(f"{FILTER}-"): value for name, value in marked.items()}


def _model_in_words(model: str) -> str:
    return _("the built-in model") if model == "default" else model
