"""Where sentences end, for text in many scripts: a few rules in plain sight, no model, no language detection.

A sentence ends after a stop (`.`, `!`, `?`, an ellipsis, or their CJK, Devanagari and Arabic counterparts) together
with the quotes and brackets that close after it. After `.`, `!`, `?` and an ellipsis white space must follow, and then
anything but a lower-case letter or a further stop; a CJK stop needs no white space. A single `.` ends nothing

- after an abbreviation ("e.g.", "Fig. 2"; some, such as "min.", only before a number);
- after an initial: one capital letter that begins the sentence or follows a title or an initial ("J. R. Smith",
  "Dr. J. Smith"), but not in "the answer is B. Then";
- after a number with which the sentence began ("1. First"), which is a list marker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CLOSERS = r"[\"'”’»›)\]}*_」』】）〉》]*"
_END = re.compile(rf"(?P<latin>(?:\.{{2,}}|…|[.!?؟۔।])+){_CLOSERS}(?=\s)|(?P<cjk>[。！？｡]+){_CLOSERS}")
_FORBIDDEN_NEXT = re.compile(r"[.!?,;:…]")
_LAST_WORD = re.compile(r"(?:[^\W\d_]+\.)*[^\W\d_]+\Z")
_INITIAL = re.compile(r"(?:\A\s*|\b(?:Mr|Mrs|Ms|Dr|Prof)\.\s+|\b[A-Z]\.\s*)[A-Z]\Z")
_LIST_NUMBER = re.compile(r"\s*[(\[*]*\d{1,3}\Z")

_NEVER_LAST = re.compile(
    r"e\.g|i\.e|z\.b|d\.h|cf|vs|viz|approx|ca|resp|thm|lem|mr|mrs|ms|dr|prof|st|jr|sr|inc|ltd|dept|incl|bzw"
)
# These also end sentences ("about 5 min. Then", "the answer is no. So"): only before a number or a bracket do they not.
_BINDS_TO_NUMBER = re.compile(r"no|nos|pp?|ch|ex|min|max|figs?|eqs?|sec|tab|def|prop|cor|est|ref|vol|nr|art|abb")


def sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Code-point positions right after each sentence that ends within `text[start:end]`, except at `end` itself."""
    sentence_start = start
    for match in _END.finditer(text, start, end):
        if match.end() >= end or not _ends_here(text, match, sentence_start, end):
            continue
        sentence_start = match.end()
        yield match.end()


def _ends_here(text: str, match: re.Match[str], sentence_start: int, end: int) -> bool:
    following = text[match.end() : min(end, match.end() + 200)].lstrip()
    if not following or _FORBIDDEN_NEXT.match(following):
        return False
    if match["cjk"]:
        return True
    if following[0].islower():
        return False
    if match["latin"] != ".":
        return True
    before = text[max(sentence_start, match.start() - 40) : match.start()]
    return not (_is_list_number(text, sentence_start, match.start()) or _is_abbreviation(before, following))


def _is_list_number(text: str, sentence_start: int, stop: int) -> bool:
    return stop - sentence_start < 12 and _LIST_NUMBER.match(text[sentence_start:stop]) is not None


def _is_abbreviation(before: str, following: str) -> bool:
    word_match = _LAST_WORD.search(before)
    if word_match is None:
        return False
    word = word_match.group().lower()
    if _NEVER_LAST.fullmatch(word):
        return True
    if _BINDS_TO_NUMBER.fullmatch(word):
        return following[0].isdecimal() or following[0] in "(["
    return _INITIAL.search(before) is not None
