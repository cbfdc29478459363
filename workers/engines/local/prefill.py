"""The model reads a group of prompts at once: padded on the left, with what they all begin with read only once."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

from workers.engines.local.cache import can_be_joined, contents, expanded, new_cache
from workers.engines.local.loading import Loaded
from workers.engines.local.prompts import Prompt

WORTH_SHARING = 16  # tokens; a shorter common beginning costs more to handle than to read again


@dataclass(slots=True)
class Read:
    """Prompts that the model has read: what it needs to go on with each of them."""

    cache: DynamicCache  # keys and values (rows, heads, columns, width)
    mask: torch.Tensor  # (rows, columns), 1 where a column holds a token of the row
    positions: torch.Tensor  # (…, rows, 1), of each row's last token; leading dimensions as the model has them
    logits: torch.Tensor  # (rows, vocabulary), float32, for each row's next token


class Reader:
    """Reads groups of prompts with one model, and remembers the beginning that the last group had in common."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.forward_passes = 0
        self.joinable = can_be_joined(new_cache(loaded.model.config, 0))
        self._accepts = inspect.signature(loaded.model.forward).parameters
        self._prefix: tuple[int, ...] = ()
        self._prefix_cache: DynamicCache | None = None

    def read(self, prompts: Sequence[Prompt], room: int) -> Read:
        """All prompts in one forward pass; the cache has room for `room` columns. Raises what torch raises."""
        shared = self._shared_beginning(prompts)
        rests = [prompt.ids[shared:] for prompt in prompts]
        width = max(map(len, rests))
        pad = self.loaded.stop_ids[0] if self.loaded.stop_ids else 0
        device = self.loaded.device
        ids = torch.tensor([[pad] * (width - len(rest)) + list(rest) for rest in rests], device=device)  # (rows, width)
        mask = torch.tensor(
            [[1] * shared + [0] * (width - len(rest)) + [1] * len(rest) for rest in rests], device=device
        )  # (rows, shared + width)
        beside = self._beside(prompts, width)
        positions = self._positions(ids, mask, beside)[..., shared:]  # (…, rows, width)
        config = self.loaded.model.config
        if shared and self._prefix_cache is not None:
            cache = expanded(self._cropped(shared), config, len(prompts), room)
        else:
            cache = new_cache(config, room)
        logits = self._forward(ids, mask, positions, cache, beside)
        return Read(cache, mask, positions[..., -1:], logits)

    def go_on(
        self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, cache: DynamicCache
    ) -> torch.Tensor:
        """Logits (rows, width, vocabulary) after further tokens `ids` (rows, width); `mask` covers them too."""
        self.forward_passes += 1
        return self.loaded.model(
            input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True
        ).logits

    def hidden_states(
        self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, cache: DynamicCache
    ) -> tuple[torch.Tensor, ...]:
        """As `go_on`, but (rows, width, hidden) behind each layer; the last one has passed the final norm."""
        self.forward_passes += 1
        states: tuple[torch.Tensor, ...] = self.loaded.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            output_hidden_states=True,
        ).hidden_states
        return states[1:]  # the first is the embedding

    def forget(self) -> None:
        """Gives the memory of the remembered beginning back."""
        self._prefix, self._prefix_cache = (), None

    def _shared_beginning(self, prompts: Sequence[Prompt]) -> int:
        """How many tokens that all begin with are in the remembered cache, which is extended where that pays."""
        if self.loaded.processor is not None or not self.joinable:
            return 0
        common = _common_beginning([prompt.ids for prompt in prompts])
        common = common[: min(len(prompt.ids) for prompt in prompts) - 1]  # each keeps a token that gives its logits
        known = len(_common_beginning([self._prefix, common]))
        if len(prompts) > 1 and len(common) - known >= WORTH_SHARING:
            self._remember(common, known)
            known = len(common)
        return known if known >= WORTH_SHARING else 0

    def _remember(self, tokens: tuple[int, ...], known: int) -> None:
        config = self.loaded.model.config
        if known and self._prefix_cache is not None:
            cache = expanded(self._cropped(known), config, 1, len(tokens))
        else:
            cache, known = new_cache(config, len(tokens)), 0
        device = self.loaded.device
        ids = torch.tensor([tokens[known:]], device=device)  # (1, new)
        mask = torch.ones((1, len(tokens)), dtype=torch.long, device=device)
        self._forward(ids, mask, torch.arange(known, len(tokens), device=device)[None], cache, {})
        self._prefix, self._prefix_cache = tokens, cache

    def _cropped(self, length: int) -> Any:
        """The remembered cache up to `length`, without changing it."""
        assert self._prefix_cache is not None
        cache = DynamicCache()
        for number, (keys, values) in enumerate(contents(self._prefix_cache)):
            cache.update(keys[:, :, :length], values[:, :, :length], number)
        return cache

    def _beside(self, prompts: Sequence[Prompt], width: int) -> dict[str, torch.Tensor]:
        """The prompts' further tensors as one batch: those along the tokens padded on the left, pictures in a row."""
        beside: dict[str, torch.Tensor] = {}
        for name in dict.fromkeys(name for prompt in prompts for name in prompt.along):
            beside[name] = torch.cat([_left_padded(prompt, name, width) for prompt in prompts])  # (rows, width)
        for name in dict.fromkeys(name for prompt in prompts for name in prompt.pictures):
            beside[name] = _stacked([prompt.pictures[name] for prompt in prompts if name in prompt.pictures])
        return {
            name: value.to(self.loaded.device, self.loaded.dtype if value.is_floating_point() else value.dtype)
            for name, value in beside.items()
        }

    def _positions(self, ids: torch.Tensor, mask: torch.Tensor, beside: dict[str, torch.Tensor]) -> torch.Tensor:
        """As the model counts them: in one dimension, or where it sees perhaps in time, height and width (Qwen2-VL)."""
        if not beside:
            return (mask.cumsum(-1) - 1).clamp(min=0)  # (rows, columns)
        prepare: Any = self.loaded.model._prepare_position_ids_for_generation
        return prepare(ids, {"input_ids": ids, "attention_mask": mask, **beside})

    def _forward(
        self,
        ids: torch.Tensor,
        mask: torch.Tensor,
        positions: torch.Tensor,
        cache: DynamicCache,
        beside: dict[str, torch.Tensor],
    ) -> torch.Tensor:
        self.forward_passes += 1
        last_only = {"logits_to_keep": 1} if "logits_to_keep" in self._accepts else {}
        result = self.loaded.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            **last_only,
            **beside,
        )
        return result.logits[:, -1].float()


def _common_beginning(sequences: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    least, most = min(sequences), max(sequences)  # what these two share, all between them share
    for place, token in enumerate(least):
        if place == len(most) or most[place] != token:
            return least[:place]
    return least


def _left_padded(prompt: Prompt, name: str, width: int) -> torch.Tensor:
    value = prompt.along.get(name)
    if value is None:
        return torch.zeros((1, width), dtype=torch.long)
    return torch.nn.functional.pad(value, (width - value.shape[1], 0))


def _stacked(parts: list[torch.Tensor]) -> torch.Tensor:
    """Along the first dimension; where pictures have different numbers of tiles, zero tiles fill the second."""
    if parts[0].ndim == 5:  # (pictures, tiles, channels, height, width)
        tiles = max(part.shape[1] for part in parts)
        parts = [torch.nn.functional.pad(part, (0, 0) * 3 + (0, tiles - part.shape[1])) for part in parts]
    return torch.cat(parts)
