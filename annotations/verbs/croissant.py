"""A version described in Croissant 1.0, so that tools find its files, hashes and fields (mlcommons.org/croissant).

`mlcroissant` validates it in the tests. A nested column (messages, spans) has no type in Croissant: it is told as text,
with its shape in the description.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from annotations.exporters.features import FLAG, IMAGE, NUMBER, TEXT, WHOLE
from annotations.verbs.publish_draft import DraftFile

CROISSANT = "croissant.json"
_TYPES = {TEXT: "sc:Text", FLAG: "sc:Boolean", WHOLE: "sc:Integer", NUMBER: "sc:Float", IMAGE: "sc:ImageObject"}
_FORMATS = {"application/jsonl": "application/jsonlines", "application/vnd.apache.parquet": "application/x-parquet"}
CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty", "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract", "field": "cr:field", "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
    "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated",
    "replace": "cr:replace", "samplingRate": "cr:samplingRate", "sc": "https://schema.org/",
    "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip


def croissant(manifest: Mapping[str, Any], files: Sequence[DraftFile]) -> dict[str, Any]:
    """JSON-LD. `contentUrl` of a file is relative to this one, as both lie below the version's address."""
    licences = [licence for licence in manifest["licences"] if licence != "not given"]
    name, version = manifest["dataset"], manifest["version"]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": name,
        "description": manifest["description"] or f"Version {version} of {name}, in the format {manifest['format']}.",
        "version": f"{version}.0.0",
        "datePublished": manifest["created_at"],
        "license": licences or ["not given"],
        "creator": {"@type": "sc:Organization", "name": "Second Look"},
        "citeAs": f"{name}, version {version}, published with Second Look on {manifest['created_at'][:10]}.",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file.name,
                "name": file.name,
                "contentUrl": file.name,
                "contentSize": f"{file.byte_size} B",
                "encodingFormat": _FORMATS.get(file.media_type, file.media_type),
                "sha256": file.sha256,
            }
            for file in files
        ],
        "recordSet": [_records(file) for file in files if file.columns],
    }


def _records(file: DraftFile) -> dict[str, Any]:
    name = file.name.replace("/", "_").rpartition(".")[0]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [_field(f"{name}/{column}", column, feature, file.name) for column, feature in file.columns.items()],
    }


def _field(path: str, column: str, feature: Any, file: str) -> dict[str, Any]:
    repeated = isinstance(feature, list)
    inner = feature[0] if repeated else feature
    told: dict[str, Any] = {"@type": "cr:Field", "@id": path, "name": column}
    if repeated:
        told["repeated"] = True
    told["source"] = {"fileObject": {"@id": file}, "extract": {"column": column}}
    if isinstance(inner, str):
        told["dataType"] = _TYPES[inner]
    else:
        told["dataType"], told["description"] = "sc:Text", f"Nested: {json.dumps(inner)}"
    return told
