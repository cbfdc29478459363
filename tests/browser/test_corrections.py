"""What came of critiques, in a real browser: beside each other on the compare page, and listed on their own."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.verbs.corrections import Guidance
from tests.annotations.models.rows import a_full_critique
from tests.browser.conftest import PageOf
from tests.builders import a_correction, a_finding_check, a_person, a_project, a_response

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = [(1440, 900, "light"), (390, 844, "dark")]


@pytest.fixture
def corrected(db: Any) -> Any:
    response = a_response(
        ["The 2020 bar reaches 40.", "So sales grew by 40.", "The answer is 40.4 %."], project=a_project("charts")
    )
    critique = a_full_critique(response)
    a_correction(response, ["Look again.", "It is still 40.4 %."], answer="40.4 %")
    a_correction(response, answer="between", guided_by=critique, guidance=Guidance(level="A"))
    a_correction(response, guided_by=critique, rejected=2)
    a_finding_check(critique, before="right " * 12, after="wrong " * 11 + "right", corrected="right " * 10 + "wrong")
    return response


@pytest.mark.parametrize(("width", "height", "theme"), SIZES)
def test_corrections_and_checks_are_read_on_the_compare_page(
    page_of: PageOf, corrected: Any, width: int, height: int, theme: str
) -> None:
    admin = a_person(role="admin", project=corrected.project)
    page = page_of(admin, width=width, height=height, theme=theme)
    page.goto(f"/p/charts/compare/{corrected.pk}#corrections-title")
    assert page.get_by_role("heading", name="What came of it").is_visible()
    assert page.locator(".corrections article").count() == 3
    assert page.get_by_text("The step spoils the outcome").count() == 1
    assert page.locator(".check meter").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "height", "theme"), SIZES)
def test_the_list_fits_the_screen_and_leads_to_the_response(
    page_of: PageOf, corrected: Any, width: int, height: int, theme: str
) -> None:
    admin = a_person(role="admin", project=corrected.project)
    page = page_of(admin, width=width, height=height, theme=theme)
    page.goto("/p/charts/corrections")
    assert page.locator("tbody tr").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Effect").select_option("fixed")
    page.get_by_role("button", name="Filter").click()
    assert page.locator("tbody tr").count() == 1
    page.locator("tbody th a").first.click()
    assert page.get_by_role("heading", name="What came of it").is_visible()
