"""A critic of any method, engine and model is made on a page, in the shell or by the API, from the same fields."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from tests.builders import a_person, a_project
from tests.workers.builders import a_scripted_critic, many_responses
from workers import runs
from workers.models import Critic, KnownModel
from workers.registry import declared_in
from workers.settings_form import SettingsForm, described, methods, settings_from

pytestmark = pytest.mark.django_db


def logged_in(project, role="admin") -> Client:
    client = Client()
    client.force_login(a_person(role=role, project=project))
    return client


def test_a_critic_is_made_with_the_settings_of_its_method():
    project = a_project()
    answer = logged_in(project).post(
        reverse("new_critic", args=[project.slug]),
        {"name": "warm", "method": "direct", "engine": "torch_local", "model": "default", "set-temperature": "0.5",
         "set-tokens_per_step": "64"},
    )  # fmt: skip
    assert answer.status_code == 302
    assert Critic.objects.get().settings == {"temperature": 0.5, "tokens_per_step": 64}


def test_a_setting_out_of_its_range_is_told_at_its_field():
    project = a_project()
    answer = logged_in(project).post(
        reverse("new_critic", args=[project.slug]),
        {"name": "hot", "method": "direct", "engine": "torch_local", "model": "default", "set-temperature": "9"},
    )
    assert answer.status_code == 400
    assert answer.context["settings_form"].errors["temperature"] == ["Ensure this value is less than or equal to 2.0."]
    assert not Critic.objects.exists()


def test_choosing_a_method_shows_its_settings_alone():
    project = a_project()
    url = reverse("new_critic", args=[project.slug])
    partial = logged_in(project).get(url, {"method": "selfcheck"}, headers={"HX-Request": "true"}).content.decode()
    assert "set-samples" in partial
    assert "<html" not in partial


def test_every_method_makes_a_form_whose_defaults_are_its_own():
    for method in methods().values():
        assert set(SettingsForm(method.settings).fields) == {one["name"] for one in described(method.settings)}
        assert settings_from(method.settings, {}) == {one["name"]: one["default"] for one in described(method.settings)}


def test_a_name_that_is_taken_is_refused():
    project = a_project()
    a_scripted_critic(project, name="mine")
    with pytest.raises(ValueError, match="mine is taken"):
        runs.make_critic(project, "mine", method="direct", engine="torch_local", model="default", settings={})


def test_a_method_that_needs_what_the_model_cannot_do_is_refused_before_anything_runs():
    project = many_responses(1)
    needy = next(method for method in declared_in("workers.critics", "METHOD").values() if "layers" in method.needs)
    KnownModel.objects.create(engine="openai_http", model="far", description={"engine": "openai_http", "model": "far"})
    with pytest.raises(ValueError, match="layer"):
        runs.make_critic(project, "x", method=needy.name, engine="openai_http", model="far", settings={})
    critic = Critic.objects.create(project=project, name="old", method=needy.name, engine="openai_http", model="far")
    with pytest.raises(ValueError, match="layer"):
        runs.start_run(critic, project.responses.all())


def test_the_api_makes_the_same_critic_and_describes_what_it_can_be_made_of():
    project = a_project()
    client = logged_in(project)
    told = {one["name"]: one for one in client.get(reverse("api_methods", args=[project.slug])).json()}
    samples = told["selfcheck"]["settings"][0]
    assert (samples["name"], samples["type"], samples["default"], samples["range"]) == ("samples", "int", 5, [1, 20])
    made = client.post(
        reverse("api_critics", args=[project.slug]),
        {"name": "self", "method": "selfcheck", "settings": {"samples": 3}},
        content_type="application/json",
    )
    assert made.status_code == 201
    assert made.json()["settings"]["samples"] == 3
    wrong = client.post(
        reverse("api_critics", args=[project.slug]),
        {"name": "self2", "method": "selfcheck", "settings": {"samples": 300}},
        content_type="application/json",
    )
    assert wrong.status_code == 400
    assert "samples: Ensure this value is less than or equal to 20" in str(wrong.json())


def test_the_shell_makes_the_same_critic():
    project = a_project()
    call_command("make_critic", project.slug, "warm", set=["temperature=0.5"], stdout=StringIO())
    assert Critic.objects.get().settings["temperature"] == 0.5
    with pytest.raises(CommandError, match="temperature"):
        call_command("make_critic", project.slug, "hot", set=["temperature=9"], stdout=StringIO())
    with pytest.raises(CommandError, match="found wings"):
        call_command("make_critic", project.slug, "bird", set=["wings=2"], stdout=StringIO())


def test_the_shell_describes_a_methods_settings():
    out = StringIO()
    call_command("make_critic", a_project().slug, "any", describe=True, stdout=out)
    assert "temperature=0.0, 0.0 to 2.0" in out.getvalue()


def test_a_list_of_many_critics_costs_as_many_queries_as_one_of_few(django_assert_num_queries):
    project = a_project()
    for number in range(12):
        a_scripted_critic(project, name=f"c{number}")
    client = logged_in(project, "reviewer")
    with django_assert_num_queries(6):  # session, person, second factor, project and role, count, page
        page = client.get(reverse("critics", args=[project.slug]))
    assert "c11" in page.content.decode()
