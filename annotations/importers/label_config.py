"""Label Studio's labelling config: which control answers about which object, and with which values.

Source: Label Studio's tag reference. Only names and values are read; what a tag looks like is no matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree  # entities and doctypes are refused below

from annotations.core.codec import FieldError

MAX_BYTES = 512 * 1024
_VALUE_TAGS = ("Label", "Choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    tag: str  # such as "Labels", "Choices", "TextArea"
    to_name: str
    values: tuple[str, ...]
    per_region: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelConfig:
    """`objects`: name of an object tag, and the column of the task that it shows."""

    objects: Mapping[str, str]
    controls: Mapping[str, Control]


def parse_label_config(xml: str) -> LabelConfig:
    """Raises FieldError for what is no labelling config."""
    if len(xml.encode("utf-8", "replace")) > MAX_BYTES:
        raise FieldError("label_config", f"at most {MAX_BYTES // 1024} kB", f"{len(xml):,} characters")
    if re.search(r"<!(?:DOCTYPE|ENTITY)", xml, re.IGNORECASE):
        raise FieldError("label_config", "XML without a doctype and without entities", "one")
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314  no entities, bounded
    except ElementTree.ParseError as error:
        raise FieldError("label_config", "the XML of a labelling config", str(error)[:120]) from error
    objects: dict[str, str] = {}
    controls: dict[str, Control] = {}
    for element in root.iter():
        name, shown, target = element.get("name"), element.get("value", ""), element.get("toName")
        if name and target:
            controls[name] = Control(
                tag=element.tag,
                to_name=target.split(",")[0],
                values=_values(element),
                per_region=element.get("perRegion", "").lower() == "true",
            )
        elif name and shown.startswith("$"):
            objects[name] = shown[1:]
    if not controls:
        raise FieldError("label_config", "at least one control (a tag with name and toName)", "none")
    return LabelConfig(objects=objects, controls=controls)


def _values(element: ElementTree.Element) -> tuple[str, ...]:
    """As answers name them: the alias where there is one."""
    found = (each for each in element.iter() if each.tag in _VALUE_TAGS)
    return tuple(value for each in found if (value := each.get("alias") or each.get("value")))
