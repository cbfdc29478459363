"""Markdown of guidelines as HTML: raw HTML in it is shown as text, and what comes out is cleaned once more."""

from __future__ import annotations

from django.utils.safestring import SafeString

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


def render_markdown(text: str) -> SafeString:
    """Only the tags above, links to http and https with rel=noopener, no attributes beyond href and title."""
    import nh3
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(text)
    # The one place where text of a project becomes markup: nh3 has parsed it and kept nothing beyond the allow-list.
    return SafeString(nh3.clean(html, tags=_TAGS, attributes={"a": {"href", "title"}}, url_schemes={"http", "https"}))
