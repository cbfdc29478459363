"""Native JSONL, lossless: one line a problem with everything below it, images inside (docs/formats.md)."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import replace

from annotations.core import codec, schema
from annotations.exporters.base import ExportFormat, Item, Option, Sink


def write(items: Iterable[Item], options: Mapping[str, str], sink: Sink) -> None:
    file = sink.file("data.jsonl")
    for item in items:
        problem = item.problem
        if options["images"] == "inside":
            problem = replace(problem, images=tuple(_with_bytes(image, item) for image in problem.images))
        file.write(codec.dump(problem))


def _with_bytes(image: schema.Image, item: Item) -> schema.Image:
    return replace(image, base64=base64.b64encode(item.image_bytes(image)).decode("ascii"))


FORMAT = ExportFormat(
    name="native",
    group="lossless",
    title="Second Look native",
    help="Everything, without loss: problems, images, responses, all critiques with every revision, references.",
    write=write,
    options=(
        Option(name="images", values=("inside", "by_hash"), help="Image bytes in the file, or their SHA-256 alone."),
    ),
    all_revisions=True,
)
