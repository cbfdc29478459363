"""What the header of every page offers: the project's pages that this role may open and that exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.verbs.permissions import allows

# label, URL name, the verb that the page asks for
PROJECT_PAGES = (
    (gettext_lazy("Annotate"), "annotate", "annotate"),
    (gettext_lazy("Overview"), "leads", "see_dashboard"),
    (gettext_lazy("Responses"), "responses", "see_responses"),
    (gettext_lazy("Insights"), "insights", "compare"),
    (gettext_lazy("Court"), "court", "rule_on_findings"),
    (gettext_lazy("Review"), "review_queue", "review"),
    (gettext_lazy("Adjudication"), "adjudication_queue", "adjudicate"),
    (gettext_lazy("Runs"), "runs", "see_runs"),
    (gettext_lazy("Corrections"), "corrections", "see_runs"),
    (gettext_lazy("Datasets"), "datasets", "pull"),
    (gettext_lazy("Import"), "imports", "import_data"),
    (gettext_lazy("Members"), "members", "manage_members"),
    (gettext_lazy("Gold"), "gold", "rule_on_items"),
    (gettext_lazy("Queue"), "queue", "assign"),
    (gettext_lazy("Settings"), "project_settings", "change_rules"),
    (gettext_lazy("Log"), "log", "see_log"),
)
ACCOUNT_PAGES = (
    (gettext_lazy("My projects"), "home"),
    (gettext_lazy("Inbox"), "inbox"),
    (gettext_lazy("My account"), "account"),
)


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    current: bool = False


def url_of(name: str, *args: str) -> str | None:
    """The URL of a page, or None where no module has given that name to one."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None


def project_links(slug: str, role: str | None, path: str) -> list[Link]:
    links = []
    for label, name, verb in PROJECT_PAGES:
        url = url_of(name, slug)
        if url and allows(role, verb):
            links.append(Link(str(label), url, current=path.startswith(url)))
    return links


def initials(name: str) -> str:
    words = name.replace(".", " ").replace("_", " ").replace("-", " ").replace("@", " ").split()
    return ("".join(word[0] for word in words[:2]) or "?").upper()


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation` with links, project_url, login_url, logout_url, account_links, initials."""
    project = getattr(request, "project", None)
    user = getattr(request, "user", None)
    links = project_links(project.slug, getattr(request, "role", None), request.path) if project else []
    own = project and allows(getattr(request, "role", None), "annotate") and url_of("my_work", project.slug)
    accounts = [Link(_("My work"), own)] if own else []
    accounts += [Link(str(label), url) for label, name in ACCOUNT_PAGES if (url := url_of(name))]
    if user is not None and user.is_authenticated and user.is_staff and (admin := url_of("admin:index")):
        accounts.append(Link(_("Instance admin"), admin))
    return {
        "navigation": {
            "links": links,
            "project_url": links[0].url if links else "/",
            "account_links": accounts,
            "login_url": url_of("login"),
            "logout_url": url_of("logout"),
            "initials": initials(user.get_full_name() or user.get_username())
            if user is not None and user.is_authenticated
            else "",
        }
    }
