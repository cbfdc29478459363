"""A version's dataset card: README.md as dataset hubs read it, made from the manifest alone.

What it holds, how it was made and by whom, how far people agree, what it must not be taken for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from annotations.exporters.base import formats
from annotations.verbs.publish_draft import DraftFile

CARD = "README.md"
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LIMITS = {
    "weak": "Rows are weak: a critic was preferred to another, and nobody checked either.",
    "silver": "Rows marked silver hold a critic's words, confirmed by what came of them and read by nobody.",
    "synthetic": "Rows are synthetic: a critic made them by itself, filtered by its own consistency alone.",
}


def dataset_card(manifest: Mapping[str, Any], files: Sequence[DraftFile]) -> str:
    parts = [_front(manifest, files), _summary(manifest), _fields(files), _made(manifest), _agreement(manifest)]
    return "\n\n".join([*parts, _limits(manifest), _changes(manifest)])


def _front(manifest: Mapping[str, Any], files: Sequence[DraftFile]) -> str:
    rows = sum(file.rows or 0 for file in files)
    size = next((word for most, word in _SIZES if rows < most), "n>1M")
    licences = [licence for licence in manifest["licences"] if licence != "not given"] or ["unknown"]
    splits = [
        (split, [file.name for file in held])
        for split, held in groupby(
            [file for file in files if file.columns], lambda file: file.name.partition(".")[0].partition("-")[0]
        )
    ]
    lines = ["---", f"pretty_name: {json.dumps(manifest['dataset'])}"]
    lines += ["license:", *(f"- {json.dumps(licence)}" for licence in licences)]
    lines += ["tags:", "- second-look", f"- {manifest['format']}", "size_categories:", f"- {size}"]
    if splits:
        lines += ["configs:", "- config_name: default", "  data_files:"]
        for split, names in splits:
            lines += [f"  - split: {split}", "    path:", *(f"    - {name}" for name in names)]
    return "\n".join([*lines, "---"])


def _summary(manifest: Mapping[str, Any]) -> str:
    format = formats().get(manifest["format"])
    counts = ", ".join(f"{count:,} {name}" for name, count in manifest["counts"].items())
    return (
        f"# {manifest['dataset']}, version {manifest['version']}\n\n{manifest['description']}\n\n"
        f"Format **{manifest['format']}**: {format.help if format else ''}\nMade from {counts}; "
        f"iteration {manifest['iteration']}. Published with Second Look {manifest['app_version']} on "
        f"{manifest['created_at']}. A published version never changes."
    )


def _fields(files: Sequence[DraftFile]) -> str:
    lines = ["## Files and fields", "", "| file | rows | SHA-256 |", "|---|---|---|"]
    lines += [f"| {file.name} | {file.rows:,} | `{file.sha256}` |" for file in files]
    columns = next((file.columns for file in files if file.columns), {})
    if columns:
        lines += ["", "| field | type |", "|---|---|"]
        lines += [f"| {name} | {_type(feature)} |" for name, feature in columns.items()]
    else:
        lines += ["", "The fields are told in docs/formats.md of Second Look."]
    return "\n".join(lines)


def _type(feature: Any) -> str:
    if isinstance(feature, list):
        return f"list of {_type(feature[0])}"
    if isinstance(feature, Mapping):
        return "{" + ", ".join(f"{name}: {_type(part)}" for name, part in feature.items()) + "}"
    return str(feature)


def _made(manifest: Mapping[str, Any]) -> str:
    lines = ["## Who wrote it", ""]
    for source in manifest["sources"]:
        if source["kind"] == "person":
            lines.append(f"- {source['people']} people, {source['critiques']:,} critiques")
        else:
            told = f"method {source['method'] or 'unknown'}, model {source['model'] or 'unknown'}"
            prompt = f", prompt `{source['prompt_hash'][:12]}`" if source["prompt_hash"] else ""
            lines.append(f"- the critic {source['name']} ({told}{prompt}), {source['critiques']:,} critiques")
    if not manifest["sources"]:
        lines.append("- nobody: it holds no critiques")
    lines += ["", "Chains by generator and checkpoint (a share is the on-policy share for that checkpoint):", ""]
    lines += [
        f"- {one['generator'] or 'unknown'} {one['checkpoint']}: {one['responses']:,} ({one['share']:.1%})"
        for one in manifest["generators"]
    ]
    lines += ["", "Problems by licence:", ""]
    lines += [f"- {licence}: {count:,}" for licence, count in manifest["licences"].items()]
    lines += ["", f"Recipe: filter `{json.dumps(manifest['filter'])}`, options `{json.dumps(manifest['options'])}`."]
    return "\n".join(lines)


def _agreement(manifest: Mapping[str, Any]) -> str:
    found = manifest["agreement"]
    lines = ["## How far people agree", ""]
    if not found["steps"]:
        return "\n".join([*lines, "No step of it was judged by two people, so nothing can be said."])
    lines.append(f"On the verdict of a step, over {found['steps']:,} steps that at least two people judged:")
    lines += ["", "| figure | value |", "|---|---|"]
    lines += [
        f"| {name.replace('_', ' ')} | {'undefined' if value is None else f'{value:.3f}'} |"
        for name, value in found.items()
        if name != "steps"
    ]
    return "\n".join(lines)


def _limits(manifest: Mapping[str, Any]) -> str:
    return "\n".join(["## Limits", "", *(f"- {line}" for line in _each_limit(manifest))])


def _each_limit(manifest: Mapping[str, Any]) -> Iterator[str]:
    for reason, count in manifest["skipped"]["reasons"].items():
        yield f"{count:,} left out: {reason}."
    for column, values in manifest["counted"].items():
        yield f"Rows by {column}: " + ", ".join(f"{value} {count:,}" for value, count in values.items()) + "."
        if column in _LIMITS and values.get("true"):
            yield _LIMITS[column]
    if manifest["held_out"]:
        yield f"{manifest['held_out']:,} problems of the project are held out for evaluation and are in no version."
    if "not given" in manifest["licences"]:
        yield f"{manifest['licences']['not given']:,} problems came without a licence: ask before you pass them on."
    yield "Verdicts are those of the people and critics above, under their project's guideline; they can be wrong."


def _changes(manifest: Mapping[str, Any]) -> str:
    found = manifest["changes"]
    if not found:
        return "## Changes\n\nThere is no earlier version to compare with."
    return (
        f"## Changes\n\nSince version {manifest['parent_version']}: {found['added']:,} rows added, "
        f"{found['removed']:,} removed, {found['changed']:,} changed, {found['unchanged']:,} as they were."
    )
