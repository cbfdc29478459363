"""A model, its tokenizer and, where it sees, its processor, from a folder or a GGUF file. Never from a pickle."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError

from workers.engines.base import EngineError
from workers.engines.local.processors import load_processor

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
PICTURE_FIELDS = ("vision_config", "image_token_id", "image_token_index")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model ready to run. `processor` is None for a model that reads text only; `stop_ids` end a turn."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    processor: Any | None
    device: torch.device
    dtype: torch.dtype
    stop_ids: tuple[int, ...]
    weights: str

    @property
    def vocabulary(self) -> int:
        """Width of the logits, which may exceed the tokenizer's vocabulary."""
        return int(self.model.get_output_embeddings().weight.shape[0])

    @property
    def picture_id(self) -> int | None:
        """The token that stands for a piece of a picture in a prompt."""
        config = self.model.config
        names = ("image_token_id", "image_token_index")
        return next((found for name in names if (found := getattr(config, name, None)) is not None), None)

    @property
    def context(self) -> int:
        """Tokens that prompt and answer may have together."""
        return int(getattr(self.model.config.get_text_config(decoder=True), "max_position_embeddings", None) or 1 << 20)

    @property
    def kv_bytes_per_token(self) -> int:
        """Bytes that one token of one row takes in the key-value cache of all layers."""
        text = self.model.config.get_text_config(decoder=True)
        heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
        width = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
        return 2 * text.num_hidden_layers * heads * width * self.dtype.itemsize


@contextmanager
def quietly() -> Iterator[None]:
    """Without transformers' progress bars and notices, which would tear a worker's log."""
    from transformers.utils import logging as said

    level, bars = said.get_verbosity(), said.is_progress_bar_enabled()
    said.set_verbosity(logging.ERROR)
    said.disable_progress_bar()
    try:
        yield
    finally:
        said.set_verbosity(level)
        if bars:
            said.enable_progress_bar()


def load(path: Path, device_name: str = "auto") -> Loaded:
    """The model at `path`: a folder of safetensors, or one GGUF file; bfloat16 on CUDA, float32 elsewhere.

    Raises EngineError for a missing path, for weights that only come as a pickle, for what transformers cannot read.
    """
    files = _weight_files(path)
    device = torch.device(_available(device_name))
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(_sha256, files)
        try:
            model, tokenizer, processor = _from_pretrained(path, dtype)
        except (OSError, ValueError, KeyError, ImportError, SafetensorError) as error:
            raise EngineError(f"model {path}: expected a model that transformers can read, found: {error}") from error
        weights = digest.result()
    model = model.to(device).eval()
    return Loaded(
        model=model,
        tokenizer=tokenizer,
        processor=processor,
        device=device,
        dtype=dtype,
        stop_ids=_stop_ids(model, tokenizer),
        weights=weights,
    )


def _available(device_name: str) -> str:
    if device_name != "auto":
        return device_name
    return "cuda" if torch.cuda.is_available() else "cpu"


def _weight_files(path: Path) -> list[Path]:
    if path.is_file() and path.suffix == ".gguf":
        return [path]
    if not path.is_dir():
        raise EngineError(
            f"model {path}: expected a folder with safetensors or a .gguf file on this machine, found neither; "
            "models are not fetched by name"
        )
    if found := sorted(path.glob("*.safetensors")):
        return found
    pickles = sorted(file.name for file in path.iterdir() if file.suffix in PICKLES)
    if pickles:
        raise EngineError(
            f"model {path}: expected safetensors or GGUF, found {pickles[0]}, a pickle, which can run any code when "
            "it is read; convert it to safetensors where you trust it"
        )
    raise EngineError(f"model {path}: expected *.safetensors in the folder, found none")


def _sha256(files: list[Path]) -> str:
    """Of the one file, or of the digests of several in order of name."""
    digests = []
    for file in files:
        with file.open("rb") as stream:
            digests.append(hashlib.file_digest(stream, "sha256").hexdigest())
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _from_pretrained(path: Path, dtype: torch.dtype) -> tuple[Any, Any, Any | None]:
    with quietly():
        from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, AutoTokenizer

        if path.suffix == ".gguf":
            where = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
            return (
                AutoModelForCausalLM.from_pretrained(**where, dtype=dtype),
                AutoTokenizer.from_pretrained(**where),
                None,
            )
        only = {"local_files_only": True, "trust_remote_code": False}
        safe = {**only, "use_safetensors": True, "dtype": dtype, "attn_implementation": "sdpa"}
        tokenizer = AutoTokenizer.from_pretrained(path, **only)
        if not _sees(path):
            return AutoModelForCausalLM.from_pretrained(path, **safe), tokenizer, None
        processor = load_processor(path, tokenizer, only)
        return AutoModelForImageTextToText.from_pretrained(path, **safe), processor.tokenizer, processor


def _sees(path: Path) -> bool:
    config = json.loads((path / "config.json").read_text("utf-8"))
    return any(config.get(name) is not None for name in PICTURE_FIELDS)


def _stop_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    configured = getattr(model.generation_config, "eos_token_id", None)
    ids = set(configured if isinstance(configured, list) else [configured]) | {tokenizer.eos_token_id}
    return tuple(sorted(token for token in ids if token is not None))
