"""A mapping proposed from what the first records hold and, for Label Studio, from its labelling config.

By names, by the form of values, and by the words that people use for verdicts. It is a proposal: a person sees ten
records before and after, and changes it. What it does not recognise stays `extra`, which keeps it and judges nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from annotations.core.taxonomy import Taxonomy
from annotations.importers.base import RecordError
from annotations.importers.cells import images_of, listed
from annotations.importers.foreign import Foreign, Said
from annotations.importers.label_config import Control, LabelConfig
from annotations.importers.mapped import str_of
from annotations.importers.mapping import ColumnRole
from annotations.importers.mapping import Mapping as Chosen

SURVEYED = 1_000  # records
MOST_VALUES = 60  # more different ones are texts, not labels
_LONG = 60  # characters, on average, of a text

# In this order: a column takes the first role that its name fits and that is still free.
_COLUMN_NAMES: tuple[tuple[ColumnRole, str], ...] = (
    ("key", r"id|key|uid|uuid|response_?(?:id|key)|idx|index"),
    ("problem_key", r"(?:problem|question|item|sample)_?(?:id|key)"),
    ("steps", r"(?:reasoning_?)?steps|cot_?steps|reasoning"),
    ("step_verdicts", r"(?:step_?)?(?:labels|ratings|verdicts)|(?:step|reasoning|process)_?correctness"),
    ("step_explanations", r"(?:step_?)?explanations|reasoning_critic"),
    ("question", r"question|query|problem|prompt|instruction|input|premise"),
    (
        "chain",
        r"chain(?:_of_thought)?|cot|response|reasoning|solution|rationale|completion|(?:model_?)?output|text|step",
    ),
    ("reference_answer", r"(?:reference|ground_?truth|gold)(?:_?answer)?|gt|correct_?answer|target|label"),
    ("answer_verdict", r"answer_?correctness|is_?correct|correct(?:ness)?"),
    ("answer", r"(?:final_?|model_?|predicted_?)?answer|prediction|pred"),
    ("options", r"options|choices"),
    ("image", r"images?|img|picture|photo|filename|file_?name|(?:image|img)_?(?:path|file|url)"),
    ("description", r"alt|alt_?text|caption|(?:image_?)?description"),
    ("generator", r"(?:src_?|source_?)?model(?:_?name)?|generator"),
    ("checkpoint", r"checkpoint|revision"),
    ("source_dataset", r"(?:src_?|source_?)?dataset"),
    ("skill", r"skill|task|category|subject"),
    ("licence", r"licen[cs]e"),
    ("tags", r"tags"),
    ("comment", r"comments?|feedback|critique|review"),
    ("person", r"annotator|labell?er|reviewer"),
)  # fmt: skip
_LISTS = ("steps", "step_verdicts", "step_explanations")
_TEXT_NAMES = re.compile(r"why|reason|comment|expla|note|feedback|rationale|text", re.IGNORECASE)
_OF_STEPS = ("error_type", "step_verdict", "explanation", "corrected_text", "severity")
_OF_TABLES = ("step_verdicts", "step_explanations", "answer_verdict", "comment", "person")
_RIGHT = ("correct", "right", "true", "yes", "good", "positive", "pass", "+", "ok", "valid")
_WRONG = ("incorrect", "wrong", "false", "no", "bad", "negative", "fail", "-", "error", "invalid")
VERDICT_WORDS: Mapping[str, str] = {
    **dict.fromkeys(_RIGHT, "correct"),
    **dict.fromkeys(_WRONG, "incorrect"),
    **dict.fromkeys(("neutral", "okay", "partial"), "neutral"),
    **dict.fromkeys(("unsure", "unclear", "not sure", "don't know", "unknown"), "unsure"),
}
_SEVERITY_WORDS: Mapping[str, str] = {
    "cosmetic": "cosmetic",
    "minor": "minor",
    "major": "decisive",
    "critical": "decisive",
    "decisive": "decisive",
}


@dataclass(slots=True)
class Surveyed:
    """What the first records hold of one control."""

    values: Counter[str] = field(default_factory=Counter)
    placed: int = 0  # said of a place
    numbers: list[float] = field(default_factory=list)
    texts: int = 0
    targets: Counter[str] = field(default_factory=Counter)
    quotes: int = 0

    def add(self, said: Said) -> None:
        if len(self.values) <= MOST_VALUES * 4:
            self.values.update(said.values)
        self.placed += bool(said.points or said.start is not None or said.quoted)
        self.quotes += said.start is not None or said.quoted is not None
        self.texts += said.kind == "text"
        if said.number is not None:
            self.numbers.append(said.number)
        if said.field:
            self.targets[said.field] += 1

    @property
    def is_text(self) -> bool:
        total = sum(self.values.values())
        average = sum(len(value) * count for value, count in self.values.items()) / max(total, 1)
        return self.texts > 0 or len(self.values) > MOST_VALUES or average > _LONG


@dataclass(slots=True)
class Survey:
    """The first records: columns with a few of their values, controls, people."""

    columns: dict[str, list[Any]] = field(default_factory=dict)
    controls: dict[str, Surveyed] = field(default_factory=dict)
    people: Counter[str] = field(default_factory=Counter)
    records: int = 0


def survey(records: Iterable[Foreign]) -> Survey:
    """Looks at the first 1,000 records."""
    found = Survey()
    for record in records:
        if isinstance(record, RecordError):
            continue
        found.records += 1
        for name, value in record.fields.items():
            values = found.columns.setdefault(name, [])
            if value is not None and len(values) < SURVEYED:
                values.append(value)
        for annotation in record.annotations:
            if annotation.person:
                found.people[annotation.person] += 1
            for said in annotation.said:
                found.controls.setdefault(said.control, Surveyed()).add(said)
        if found.records >= SURVEYED:
            break
    return found


def propose(
    found: Survey,
    taxonomy: Taxonomy,
    *,
    is_table: bool = False,
    label_config: LabelConfig | None = None,
    accounts: Mapping[str, str] | None = None,
) -> Chosen:
    """accounts: user names by what a file may call them (user name or e-mail, in lower case)."""
    config_objects = dict(label_config.objects) if label_config else {}
    columns = _columns(found, is_table=is_table, chain=_target(found, config_objects))
    controls: dict[str, str] = {}
    values: dict[str, str] = {}
    for name, seen in found.controls.items():
        controls[name] = _control(name, seen, label_config)
    if label_config:
        for name, control in label_config.controls.items():
            seen = found.controls.setdefault(name, Surveyed())
            seen.values.update(dict.fromkeys(control.values, 0))
            controls.setdefault(name, _control(name, seen, label_config))
    for name, role in controls.items():
        values.update(_values(name, role, found.controls[name].values, taxonomy))
    for name, given in columns.items():
        if given in ("step_verdicts", "answer_verdict"):
            values.update(_flags(name, found.columns[name]))
    known = accounts or {}
    return Chosen(
        columns=columns,
        controls=controls,
        values=values,
        objects={name: column for name, column in config_objects.items() if name != column},
        people={person: known[person.lower()] for person in found.people if person.lower() in known},
    )


def _target(found: Survey, objects: Mapping[str, str]) -> str | None:
    """The column in which people marked text."""
    targets: Counter[str] = Counter()
    for seen in found.controls.values():
        for name, count in seen.targets.items():
            if seen.quotes:
                targets[objects.get(name, name)] += count
    return next((name for name, _ in targets.most_common() if name in found.columns), None)


def _columns(found: Survey, *, is_table: bool, chain: str | None) -> dict[str, ColumnRole]:
    roles: dict[str, ColumnRole] = {}
    if chain is not None:
        roles[chain] = "steps" if _lists(found.columns[chain]) else "chain"
    for role, pattern in _COLUMN_NAMES:
        if role in _OF_TABLES and not is_table:
            continue
        for name, values in found.columns.items():
            taken = set(roles.values())
            is_free = role not in taken and not (role in ("chain", "steps") and taken & {"chain", "steps"})
            if name not in roles and is_free and re.fullmatch(pattern, name.strip().lower().replace(" ", "_")):
                if role in _LISTS and not _lists(values):
                    continue
                if role == "image" and not _images(values, name):
                    continue
                roles[name] = role
    if not {"chain", "steps", "question", "image"} & set(roles.values()):
        texts = {name: values for name, values in found.columns.items() if name not in roles and _texts(values)}
        if texts:
            roles[max(texts, key=lambda name: sum(map(len, texts[name])) / len(texts[name]))] = "question"
    return {name: roles.get(name, "extra") for name in found.columns}


def _lists(values: list[Any]) -> bool:
    return bool(values) and all(
        isinstance(value, list) or (isinstance(value, str) and value.lstrip().startswith("[")) for value in values
    )


def _texts(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(value, str) for value in values)


def _images(values: list[Any], name: str) -> bool:
    try:
        return bool(values) and any(True for _ in images_of(values[0], name))
    except ValueError:
        return False


def _control(name: str, seen: Surveyed, config: LabelConfig | None) -> str:
    told = config.controls.get(name) if config else None
    step = re.search(r"step[_ -]?(\d{1,3})", name.lower())
    suffix = f":{int(step[1])}" if step and int(step[1]) else ""
    if seen.numbers:
        is_share = min(seen.numbers) >= 0 and max(seen.numbers) <= 1
        return "confidence" if is_share and re.search(r"confiden|sure|certain", name.lower()) else "extra"
    is_text = seen.is_text or (told is not None and told.tag == "TextArea") or bool(_TEXT_NAMES.search(name))
    role = _text_control(name, seen) if is_text else _label_control(name, seen, told, suffix)
    return f"{role}{suffix}" if role in _OF_STEPS else role


def _text_control(name: str, seen: Surveyed) -> str:
    if re.search(r"correct|fix|rewrit|rectif|should", name.lower()):
        return "corrected_text"
    if name in ("label", "labels") and not seen.placed:
        return "correction"  # doccano's target texts
    return "explanation"


def _label_control(name: str, seen: Surveyed, told: Control | None, suffix: str) -> str:
    words = {value.strip().lower() for value in seen.values}
    if words and words <= set(VERDICT_WORDS):
        placed = seen.placed or suffix or (told and told.per_region) or "step" in name.lower()
        return "step_verdict" if placed else "answer_verdict"
    if words and words <= set(_SEVERITY_WORDS):
        return "severity"
    is_placed = seen.placed or (told and told.tag.endswith("Labels"))
    return "error_type" if is_placed or re.search(r"err|mistake|issue", name.lower()) else "extra"


def _values(control: str, role: str, seen: Iterable[str], taxonomy: Taxonomy) -> dict[str, str]:
    """What values mean by their words; those of which nothing fits are left for the person to say."""
    kind = role.partition(":")[0]
    if kind not in ("error_type", "step_verdict", "answer_verdict", "severity"):
        return {}
    by_word: dict[str, str] = {**_SEVERITY_WORDS} if kind == "severity" else {**VERDICT_WORDS}
    if kind == "error_type":
        by_word |= {_bare(word): code for word, code in _error_words(taxonomy)}
    found = {value: by_word.get(value.strip().lower()) or by_word.get(_bare(value)) for value in seen}
    return {f"{control}={value}": meaning for value, meaning in found.items() if meaning}


def _error_words(taxonomy: Taxonomy) -> Iterable[tuple[str, str]]:
    """Codes and labels of types and subtypes, and "type: subtype"; a later, more exact word wins."""
    for code in taxonomy.codes():
        yield code.rpartition("/")[2], code
    for code in taxonomy.codes():
        yield taxonomy.label(code).rpartition(": ")[2], code
        yield taxonomy.label(code), code
        yield code, code


def _bare(word: str) -> str:
    return re.sub(r"[^\w]+", "_", word.strip().lower()).strip("_")


def _flags(column: str, values: list[Any]) -> dict[str, str]:
    """Of labels in a table: true and false, 1 and 0 (or 1, 0 and -1), + and -, and words."""
    seen = cell_labels(values)
    numbers = {"1": "correct", "0": "neutral" if "-1" in seen else "incorrect", "-1": "incorrect"}
    known = {**VERDICT_WORDS, **numbers}
    return {f"{column}={value}": known[value.lower()] for value in sorted(seen) if value.lower() in known}


def cell_labels(values: Iterable[Any]) -> set[str]:
    """The different labels in the cells of a column, each a label or a list of them."""
    seen: set[str] = set()
    for value in values:
        try:
            items = _items(value)
        except ValueError:  # a list that is none: told as an error of its record
            continue
        seen |= {str_of(item) for item in items if item is not None}
    return seen


def _items(value: Any) -> list[Any]:
    if isinstance(value, list) or (isinstance(value, str) and value.lstrip().startswith("[")):
        return listed({"": value}, "")
    return [value]
