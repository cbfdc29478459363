"""The table of keys and what a person may change in it."""

from __future__ import annotations

from collections import Counter

import pytest
from django.core.exceptions import ValidationError

from annotations.models import Preferences
from annotations.templatetags.keys import shown
from annotations.verbs.key_table import ACTIONS, GROUPS, checked, keys_with
from annotations.verbs.preferences import change_keys, change_look, preferences_of
from tests.builders import a_person


def test_no_key_of_the_table_is_for_two_actions() -> None:
    for place in ("workbench", "submitted", "compare"):
        assert max(Counter(key for one in ACTIONS if one.place in (place, "any") for key in one.keys).values()) == 1
    assert {action.group for action in ACTIONS} == set(GROUPS)


def test_a_changed_key_takes_the_place_of_the_first_and_the_others_stay() -> None:
    keys = keys_with({"next": "x", "finding": ""})
    assert keys["next"] == ("x", "j", "ArrowDown")
    assert keys["finding"] == ()
    assert keys["previous"] == ("k", "ArrowUp")


def test_a_second_key_of_an_action_may_be_taken_by_another() -> None:
    changes = checked({"mark": "j"})
    assert keys_with(changes)["mark"] == ("j",)
    assert keys_with(changes)["next"] == ("Enter", "ArrowDown")


def test_the_same_key_may_do_another_thing_after_submitting() -> None:
    assert checked({"wrong": "m"}) == {"wrong": "m"}
    assert keys_with({"wrong": "m"})["mark"] == ("m",)
    with pytest.raises(ValidationError, match="already the key for"):
        checked({"wrong": "?"})


def test_only_what_differs_is_kept() -> None:
    assert checked({"finding": "n", "mark": "x", "next": "Enter"}) == {"mark": "x"}


def test_two_actions_may_swap_their_keys() -> None:
    assert checked({"finding": "m", "mark": "n"}) == {"finding": "m", "mark": "n"}


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("m", "already the key for “mark the selected text”"),
        ("Ctrl+w", "belongs to the browser"),
        ("nn", "Expected one key"),
        ("Tab", "Expected one key"),
        ("\n", "Expected one key"),
    ],
)
def test_a_key_that_cannot_be_is_refused_under_its_action(key: str, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        checked({"finding": key})
    assert told in refused.value.message_dict["finding"][0]


@pytest.mark.parametrize("name", ["escape", "no_such_action"])
def test_what_cannot_be_changed_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        checked({name: "x"})


@pytest.mark.parametrize(
    ("key", "seen"),
    [("n", "N"), ("Ctrl+Shift+z", "Ctrl ⇧ Z"), ("Enter", "↵"), ("+", "+"), ("Ctrl++", "Ctrl +"), (" ", "␣")],
)
def test_a_key_is_shown_as_it_is_printed(key: str, seen: str) -> None:
    assert shown(key) == seen


@pytest.mark.django_db
def test_a_refused_change_keeps_the_keys_as_they_were() -> None:
    ann = a_person("ann")
    change_keys(ann, {"mark": "x"})
    with pytest.raises(ValidationError):
        change_keys(ann, {"mark": "n"})
    assert Preferences.objects.get(user=ann).keys == {"mark": "x"}
    assert change_keys(ann, {}) == {}


@pytest.mark.django_db
def test_who_changed_nothing_has_no_row_and_the_defaults() -> None:
    ann = a_person("ann")
    assert preferences_of(ann).keys == {}
    assert not Preferences.objects.exists()
    with pytest.raises(ValidationError):
        change_look(ann, language="tlh", theme="")
    with pytest.raises(ValidationError):
        change_look(ann, language="de", theme="pink")
    change_look(ann, language="de", theme="dark")
    assert (Preferences.objects.get().language, Preferences.objects.get().theme) == ("de", "dark")
