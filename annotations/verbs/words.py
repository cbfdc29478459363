"""What pages and refusals call a code: roles, states, verdicts, things that are counted."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ROLES = {
    "admin": _("admin"),
    "reviewer": _("reviewer"),
    "annotator": _("annotator"),
    "trainer": _("trainer"),
}
VERDICTS = {
    "correct": _("Correct"),
    "neutral": _("Neutral"),
    "incorrect": _("Incorrect"),
    "unsure": _("Unsure"),
}
# What stands where no verdict is.
STATES = {
    "unlabelled": _("Unlabelled"),
    "unparsed": _("Unparsed"),
    "abstained": _("Abstained"),
}
WORK = {
    "queued": _("queued"),
    "running": _("running"),
    "done": _("done"),
    "failed": _("failed"),
    "cancelled": _("cancelled"),
}
COUNTED = {
    "problems": _("problems"),
    "images": _("images"),
    "responses": _("responses"),
    "steps": _("steps"),
    "critiques": _("critiques"),
    "published dataset versions": _("published dataset versions"),
}
EFFECTS = {
    "fixed": _("fixed"),
    "unchanged": _("unchanged"),
    "broke": _("broke"),
}
USEFULNESS = {
    "helped": _("it helps"),
    "no_difference": _("it makes no difference"),
    "misled": _("it misleads"),
}
TABS = {
    "open": _("open"),
    "resolved": _("resolved"),
    "all": _("all"),
    "retired": _("retired"),
    "settled": _("settled"),
    "drafts": _("drafts"),
    "skipped": _("skipped"),
    "waiting": _("waiting"),
    "gold": _("gold"),
    "adjudicated": _("adjudicated"),
    "returned": _("returned"),
    "reviewed": _("reviewed"),
}
GOLD = {
    "warned": _("warned"),
    "paused": _("paused"),
    "called": _("reviewer called"),
    "gold": _("gold"),
    "plant": _("plant"),
    "proposed": _("proposed"),
    "accepted": _("accepted"),
    "declined": _("declined"),
    "maybe": _("not told"),
}
# What critics' evidence says of a question or a step.
EVIDENCE = {
    "yes": _("yes"),
    "no": _("no"),
    "supported": _("supported"),
    "contradicted": _("contradicted"),
    "not_mentioned": _("not mentioned"),
}
SEVERITIES = {
    "cosmetic": _("cosmetic"),
    "minor": _("minor"),
    "decisive": _("decisive"),
}
WORDS = SEVERITIES | GOLD | EVIDENCE | ROLES | VERDICTS | STATES | WORK | COUNTED | EFFECTS | USEFULNESS | TABS


def word(code: str) -> str:
    """The code itself where there is no word for it."""
    return str(WORDS.get(code, code))
