"""A person at the workbench."""
from __future__ import annotations
from typing import Any
import pytest
from tests.builders import a_person, a_problem, a_project, a_response, an_image
from tests.browser.conftest import PageOf
import io, os
from PIL import Image as Picture, ImageDraw

pytestmark = pytest.mark.django_db(transaction=True)

CHAIN = ["The chart gives units sold for four years, in thousands.",
 "In 2020, 47 thousand units were sold.",
 "The bar for 2021 shows 66 thousand units, so the growth is $66 - 47 = 19$ thousand 👩‍🔬.",
 "The growth as a percentage of 2020 is $\\frac{19}{47} \\approx 40.4\\,\\%$.",
 "Therefore sales grew by 40.4 %."]

def chart() -> bytes:
    p=Picture.new("RGB",(620,440),"white"); d=ImageDraw.Draw(p)
    for i,(x,v) in enumerate(((100,47),(225,62),(350,69),(475,77))):
        d.rectangle((x,360-v*3.5,x+70,360),fill="#8fa8c9"); d.text((x+25,340-v*3.5),str(v),fill="#333"); d.text((x+20,375),str(2020+i),fill="#333")
    out=io.BytesIO(); p.save(out,"PNG"); return out.getvalue()

def test_look(page_of: PageOf) -> None:
    project=a_project("charts-pilot", name="Charts pilot")
    problem=a_problem(project, images=[an_image(project, chart(), width=620, height=440)], question="By how much did sales grow from 2020 to 2021, as a percentage of 2020?")
    for _ in range(3): a_response(CHAIN, problem=problem)
    ann=a_person("ann.kim", role="admin", project=project)
    out=os.environ["SHOTS"]
    page=page_of(ann, expect_errors=True)
    page.on("console", lambda m: print("CONSOLE", m.text))
    page.goto("/p/charts-pilot/annotate")
    page.wait_for_timeout(800)
    page.screenshot(path=f"{out}/1-first.png")
    page.keyboard.press("1"); page.keyboard.press("Enter"); page.keyboard.press("1"); page.keyboard.press("Enter"); page.keyboard.press("3")
    page.wait_for_timeout(200)
    page.screenshot(path=f"{out}/2-wrong.png")
    page.keyboard.press("s")
    for _ in range(5): page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight"); page.keyboard.press("Shift+ArrowRight")
    page.screenshot(path=f"{out}/3-span.png")
    page.keyboard.press("Enter")
    page.keyboard.press("b"); page.keyboard.press("ArrowLeft"); page.keyboard.press("Shift+ArrowDown"); page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    page.select_option("select.type", "perception/text_reading"); page.select_option("select.severity", "decisive")
    page.fill("textarea[name$=explanation]", "The label above the 2021 bar reads 62, not 66.")
    page.click("[data-prefill]")
    page.fill("textarea[name$=corrected_text]", CHAIN[2].replace("66","62").replace("19","15"))
    page.wait_for_timeout(800)
    page.screenshot(path=f"{out}/4-finding.png")
    page.emulate_media(color_scheme="dark"); page.wait_for_timeout(200); page.screenshot(path=f"{out}/5-dark.png")
    page.set_viewport_size({"width":390,"height":844}); page.wait_for_timeout(300); page.screenshot(path=f"{out}/6-phone-dark.png")
    page.emulate_media(color_scheme="light"); page.wait_for_timeout(200); page.screenshot(path=f"{out}/7-phone.png")
    page.set_viewport_size({"width":1440,"height":900})
    page.keyboard.press("Escape"); page.keyboard.press("Shift+Enter"); page.wait_for_timeout(200)
    page.screenshot(path=f"{out}/8-rest.png")
    page.keyboard.press("?"); page.wait_for_timeout(300); page.screenshot(path=f"{out}/9-keys.png")
    page.goto("/"); page.screenshot(path=f"{out}/10-home.png")
