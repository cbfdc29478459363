"""Models on this machine by torch: many callers at a time, one padded batch that rows enter and leave, in one thread.

The same requests at the same time give the same answers on the same machine. A row's logits differ in the last bits
with the shape of its batch (sums are taken in another order), so that a greedy answer may differ where two tokens were
as good as equal and the requests came in another rhythm. Draws above temperature 0 come from the request's own seed.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from workers.engines.base import (
    Engine,
    EngineDescription,
    EngineError,
    EngineKind,
    Generation,
    Message,
    check_options,
)
from workers.engines.default_model import NAME, prepare_default_model

if TYPE_CHECKING:
    from workers.engines.local.loading import Loaded
    from workers.engines.local.requests import ChooseRequest, GenerateRequest

    R = TypeVar("R", GenerateRequest, ChooseRequest)


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchOptions:
    """Where and how full: forms are built from these fields."""

    device: str = field(default="auto", metadata={"help": "auto takes CUDA where there is one; or cpu, cuda, cuda:1 …"})
    max_rows: int = field(default=64, metadata={"help": "Most requests in one batch.", "range": (1, 1024)})


class TorchEngine(Engine):
    """One loaded model and the thread that runs it."""

    def __init__(self, loaded: Loaded, model: str, options: TorchOptions) -> None:
        from workers.engines.local.choosing import final_norm
        from workers.engines.local.grammar import Grammars
        from workers.engines.local.runner import Runner

        self.loaded = loaded
        self.description = EngineDescription(
            engine="torch_local",
            model=model,
            weights=loaded.weights,
            device=str(loaded.device),
            dtype=str(loaded.dtype).removeprefix("torch."),
            sees_images=loaded.processor is not None,
            gives_logits=True,
            gives_layers=final_norm(loaded) is not None,
        )
        self.grammars = Grammars(loaded)
        self.runner = Runner(loaded, max_rows=options.max_rows)
        self._preparing = ThreadPoolExecutor(1, thread_name_prefix="prompts")

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_new_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Generation:
        from workers.engines.local.memory import peak_bytes
        from workers.engines.local.prompts import encode
        from workers.engines.local.requests import GenerateRequest

        def prepare() -> GenerateRequest:
            grammar = None if schema is None else self.grammars.compile(schema)
            prompt = encode(messages, self.loaded)
            return GenerateRequest(
                prompt=prompt,
                grammar=grammar,
                max_new_tokens=min(max_new_tokens, self.loaded.context - len(prompt.ids)),
                temperature=temperature,
                seed=seed,
            )

        began = time.monotonic()
        request = await self._put(prepare)
        tokens, reason = await asyncio.wrap_future(request.answer)
        text = str(self.loaded.tokenizer.decode(tokens, skip_special_tokens=True))
        return Generation(
            text=text,
            # xgrammar lets control characters stand unescaped in strings of bounded length.
            parsed=json.loads(text, strict=False) if schema is not None and reason == "stop" else None,
            tokens_in=len(request.prompt.ids),
            tokens_out=len(tokens),
            seconds=time.monotonic() - began,
            finish_reason=reason,
            engine_seconds=request.engine_seconds,
            peak_bytes=peak_bytes(self.loaded),
        )

    async def choose(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[float, ...]:
        return await self._choose(messages, options)

    async def layers(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        if not self.description.gives_layers:
            return await super().layers(messages, options)
        return await self._choose(messages, options, by_layer=True)

    async def aclose(self) -> None:
        self._preparing.shutdown(wait=True)
        await asyncio.to_thread(self.runner.close)

    async def _choose(self, messages: Sequence[Message], options: Sequence[str], *, by_layer: bool = False) -> Any:
        from workers.engines.local.prompts import encode, option_ids
        from workers.engines.local.requests import ChooseRequest

        check_options(options)

        def prepare() -> ChooseRequest:
            ids = tuple(option_ids(option, self.loaded) for option in options)
            if len(set(ids)) < len(ids):
                raise EngineError(f"choose: expected options with different tokens, found {list(options)!r}")
            return ChooseRequest(prompt=encode(messages, self.loaded), options=ids, by_layer=by_layer)

        request = await self._put(prepare)
        return await asyncio.wrap_future(request.answer)

    async def _put(self, prepare: Callable[[], R]) -> R:
        """Prepared one after the other in a thread of their own: the order of arrival stays, the model never waits."""
        with self.runner.waiting.expecting_one():
            request = await asyncio.wrap_future(self._preparing.submit(prepare))
            self.runner.waiting.put(request)
        return request


async def open_torch(model: str, models_folder: Path, options: TorchOptions) -> TorchEngine:
    """The engine with `model` loaded in a thread. Raises EngineError."""

    def load_it() -> Loaded:
        from workers.engines.local.loading import load

        return load(prepare_default_model(models_folder) if model == "default" else Path(model), options.device)

    loaded = await asyncio.to_thread(load_it)
    return TorchEngine(loaded, NAME if model == "default" else model, options)


ENGINE = EngineKind(
    name="torch_local",
    title="torch, on this machine",
    help="Runs safetensors or GGUF models by transformers. Image-text models see; text models get the image's text.",
    options=TorchOptions,
    open=open_torch,
)
