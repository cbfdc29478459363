"""Evidence as the pages show it: each kind that we know by a partial of its name, any other as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from annotations.core.schema import Evidence

NUMBER = (int, float)
# What a kind's partial relies on; anybody can import evidence, so what does not fit is shown as it came.
MEMBERS: dict[str, dict[str, Any]] = {
    "ablation": {"shown": str},
    "checklist": {"items": list},
    "conditions": {"rebuilt_question": str, "rebuilt": list, "real": list, "differences": list},
    "familiarity": {"score": NUMBER, "threshold": NUMBER, "concepts": list},
    "layer_agreement": {"agreement": NUMBER, "true_by_layer": list},
    "ocr": {"image": int, "lines": list},
    "own_answers": {"answers": list},
    "own_chains": {"chains": list},
    "p_know": {"without_image": NUMBER},
    "p_true": {"plain": NUMBER},
    "past_mistakes": {"shown": list},
    "question_answer": {"question": str, "answer": str},
    "rounds": {"verdicts": list},
    "severity": {"expected": NUMBER, "attributes": dict},
    "support": {"by_chain": list},
    "votes": {"voters": list, "findings": list},
}


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    kind: str
    template: str
    content: dict[str, Any]
    raw: str = ""


def shown_evidence(evidence: Evidence) -> ShownEvidence:
    content = evidence.content
    members = MEMBERS.get(evidence.kind)
    if members is None or not all(isinstance(content.get(name), of) for name, of in members.items()):
        raw = json.dumps(content, ensure_ascii=False, indent=2)
        return ShownEvidence(evidence.kind, "compare/evidence/_other.html", {}, raw)
    # In a template, `items` of a dict is its method.
    told = {"items_listed" if name == "items" else name: value for name, value in content.items()}
    return ShownEvidence(evidence.kind, f"compare/evidence/_{evidence.kind}.html", told)
