"""Columns of a table, told once: as a Parquet schema, and as Hugging Face's features, by which images decode.

A feature is "string", "bool", "int64" or "float64", IMAGE, a list of one feature, or a mapping of names to features.
`datasets` from 4.7 on reads the metadata (its lists are `_type: "List"` since 4.0); a reader without it sees plain
structs. Source: FORMATS.md, `datasets` 5.2.0 over HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

Feature = Any  # str | list[Feature] | Mapping[str, Feature]: mypy knows no recursive alias that pyarrow agrees with
Columns = Mapping[str, Feature]

IMAGE = "image"
TEXT, FLAG, WHOLE, NUMBER = "string", "bool", "int64", "float64"
MESSAGES: Feature = [{"role": TEXT, "content": [{"type": TEXT, "text": TEXT}]}]
IMAGES: Feature = [IMAGE]

_ARROW = {TEXT: pa.string(), FLAG: pa.bool_(), WHOLE: pa.int64(), NUMBER: pa.float64()}
_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def arrow_schema(columns: Columns) -> pa.Schema:
    """With the features in its metadata, under `huggingface`."""
    told = json.dumps({"info": {"features": {name: _hugging_face(feature) for name, feature in columns.items()}}})
    fields = [pa.field(name, _arrow(feature)) for name, feature in columns.items()]
    return pa.schema(fields, metadata={"huggingface": told})


def _arrow(feature: Feature) -> pa.DataType:
    if feature == IMAGE:
        return _IMAGE
    if isinstance(feature, str):
        return _ARROW[feature]
    if isinstance(feature, list):
        return pa.list_(_arrow(feature[0]))
    return pa.struct([(name, _arrow(part)) for name, part in feature.items()])


def _hugging_face(feature: Feature) -> Any:
    if feature == IMAGE:
        return {"_type": "Image"}
    if isinstance(feature, str):
        return {"dtype": feature, "_type": "Value"}
    if isinstance(feature, list):
        return {"feature": _hugging_face(feature[0]), "_type": "List"}
    return {name: _hugging_face(part) for name, part in feature.items()}
