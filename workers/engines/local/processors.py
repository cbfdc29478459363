"""The processor of a model that sees: its tokenizer and what turns pictures into tensors; nothing for videos.

transformers makes a processor only whole: where torchvision is not installed, its part for videos cannot be made, and
no picture could be shown to Qwen2.5-VL, InternVL or LLaVA-OneVision. Here such a processor is made without that part.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

from workers.engines.base import EngineError

WHERE_ITS_CLASS_STANDS = ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json")


def load_processor(path: Path, tokenizer: Any, only: dict[str, Any]) -> Any:
    """Raises what transformers raises, and EngineError for a processor of an unknown class."""
    from transformers import AutoImageProcessor, AutoProcessor

    try:
        return AutoProcessor.from_pretrained(path, **only)
    except (ImportError, ValueError) as missing:
        if "torchvision" not in str(missing).lower():
            raise
    kind = _class(path)
    told, _ = kind.get_processor_dict(path)
    settings = {name: told[name] for name in inspect.signature(kind.__init__).parameters if name in told}
    parts = {"image_processor": AutoImageProcessor.from_pretrained(path, **only), "tokenizer": tokenizer}
    without_videos = type(kind.__name__, (kind,), {"check_argument_for_proper_class": _any_class})
    return without_videos(**{**settings, **parts})


def _class(path: Path) -> Any:
    import transformers

    for file in WHERE_ITS_CLASS_STANDS:
        if (path / file).is_file():
            name = json.loads((path / file).read_text("utf-8")).get("processor_class")
            if name and hasattr(transformers, name):
                return getattr(transformers, name)
    raise EngineError(
        f"model {path}: expected the name of a processor's class in {' or '.join(WHERE_ITS_CLASS_STANDS)}, found none"
    )


def _any_class(self: Any, argument_name: str, argument: Any) -> type:
    """The missing video part is None, which transformers would refuse."""
    return type(argument)
