"""The model reads prompts: those of similar length together, and what several of them begin with only once.

Rows are padded on the left. A row that goes on from a remembered beginning has its keys and values before the padding:
the mask says which columns hold tokens of the row, and positions are counted by the row's own tokens.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

from workers.engines.local.cache import KeysValues, can_be_joined, joined, new_cache, one_row, up_to
from workers.engines.local.loading import Loaded
from workers.engines.local.memory import token_budget
from workers.engines.local.prompts import Prompt
from workers.engines.local.sharing import common_beginning, shared_beginnings

READ_TOGETHER = 4096  # tokens in one forward pass; larger passes were no faster and need more memory
LEAST_REUSED = 8  # tokens; going on from a shorter beginning costs more to handle than to read again
REMEMBERED = 0.125  # of the tokens that fit into memory


@dataclass(slots=True)
class Read:
    """Prompts that the model has read: what it needs to go on with each of them."""

    cache: DynamicCache  # keys and values (rows, heads, columns, width)
    mask: torch.Tensor  # (rows, columns), 1 where a column holds a token of the row
    positions: torch.Tensor  # (…, rows, 1), of each row's last token; leading dimensions as the model has them
    logits: torch.Tensor  # (rows, vocabulary), float32, for each row's next token


@dataclass(frozen=True, slots=True)
class Part:
    """The tokens `begin` to `end` of a prompt, to be read after the keys and values of at least those before."""

    prompt: Prompt
    begin: int
    end: int
    before: KeysValues | None

    @property
    def width(self) -> int:
        return self.end - self.begin

    @property
    def shows_pictures(self) -> bool:
        return self.begin <= self.prompt.first_picture < self.end


class Reader:
    """Reads prompts with one model, and remembers beginnings that several had in common, the latest used longest."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.forward_passes = 0
        self.tokens_read = 0  # without padding, and what was shared counted once
        self.joinable = can_be_joined(new_cache(loaded.model.config, 0))
        self._accepts = inspect.signature(loaded.model.forward).parameters
        self._remembered: OrderedDict[tuple[int, ...], KeysValues] = OrderedDict()

    def read(self, prompts: Sequence[Prompt], room: int) -> list[tuple[list[int], Read]]:
        """In groups: the numbers of the prompts, and what the model makes of them. Raises what torch raises.

        The cache has room for `room` columns. Caches that cannot be joined (sliding windows, recurrent layers) take one
        padded group, and share nothing.
        """
        if not self.joinable:
            parts = [Part(prompt, 0, len(prompt.ids), None) for prompt in prompts]
            return [(list(range(len(parts))), self._pass(parts, room))]
        self._share(prompts)
        parts = [self._go_on_from_known(prompt, len(prompt.ids)) for prompt in prompts]
        return [(group, self._pass([parts[number] for number in group], room)) for group in _groups(parts)]

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
        """Gives the memory of the remembered beginnings back."""
        self._remembered.clear()

    # --- What prompts have in common

    def _share(self, prompts: Sequence[Prompt]) -> None:
        """Reads and remembers the beginnings that are worth it, each from the one before it on."""
        for generation in shared_beginnings(prompts, lambda text: len(self._longest_known(text)[0])):
            parts = []
            for beginning in generation:
                whose = next(prompt for prompt in prompts if prompt.symbols[: len(beginning)] == beginning)
                parts.append(self._go_on_from_known(whose, len(beginning)))
            for group in _groups(parts):
                read = self._pass([parts[number] for number in group], 0)
                for row, number in enumerate(group):
                    columns = read.mask[row].nonzero()[:, 0]
                    self._remembered[generation[number]] = one_row(read.cache, row, columns)
        self._forget_oldest()

    def _go_on_from_known(self, prompt: Prompt, end: int) -> Part:
        """The part that has to be read still; its last token always, for its logits."""
        found, whole = self._longest_known(prompt.symbols[:end])
        begin = prompt.cut(min(len(found), end - 1))
        if begin < LEAST_REUSED or whole is None:
            return Part(prompt, 0, end, None)
        self._remembered.move_to_end(whole)
        return Part(prompt, begin, end, self._remembered[whole])

    def _longest_known(self, text: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
        """What the text and some remembered beginning have in common at the most, and that beginning."""
        best: tuple[tuple[int, ...], tuple[int, ...] | None] = ((), None)
        for whole in self._remembered:
            if text[: len(best[0])] == whole[: len(best[0])]:
                common = common_beginning(text, whole)
                best = max(best, (common, whole), key=lambda found: len(found[0]))
        return best

    def _forget_oldest(self) -> None:
        most = token_budget(self.loaded) * REMEMBERED
        held = sum(map(len, self._remembered))
        while held > most and len(self._remembered) > 1:
            oldest, _ = self._remembered.popitem(last=False)
            held -= len(oldest)

    # --- One pass

    def _pass(self, parts: Sequence[Part], room: int) -> Read:
        """All parts in one forward pass, padded on the left."""
        device, config = self.loaded.device, self.loaded.model.config
        width, before = max(part.width for part in parts), max(part.begin for part in parts)
        pad = self.loaded.stop_ids[0] if self.loaded.stop_ids else 0
        ids = torch.tensor(
            [[pad] * (width - part.width) + list(part.prompt.ids[part.begin : part.end]) for part in parts],
            device=device,
        )  # (rows, width)
        mask = torch.tensor(
            [
                [0] * (before - part.begin) + [1] * part.begin + [0] * (width - part.width) + [1] * part.width
                for part in parts
            ],
            device=device,
        )  # (rows, before + width)
        positions = self._positions(parts, width)  # (…, rows, width)
        cache = new_cache(config, room)
        if before:
            some = next(part.before for part in parts if part.before is not None)
            known = [up_to(some if part.before is None else part.before, part.begin) for part in parts]
            cache = joined(known, config, max(room, before + width))
        self.tokens_read += sum(part.width for part in parts)
        logits = self._forward(ids, mask, positions, cache, self._beside(parts, width))
        return Read(cache, mask, positions[..., -1:], logits)

    def _beside(self, parts: Sequence[Part], width: int) -> dict[str, torch.Tensor]:
        """Further tensors as one batch: those along the tokens padded on the left, pictures in a row."""
        beside: dict[str, torch.Tensor] = {}
        showing = [part for part in parts if part.shows_pictures]
        if showing:
            for name in dict.fromkeys(name for part in parts for name in part.prompt.along):
                beside[name] = torch.cat([_left_padded(part, name, width) for part in parts])  # (rows, width)
        for name in dict.fromkeys(name for part in showing for name in part.prompt.pictures):
            beside[name] = _stacked([part.prompt.pictures[name] for part in showing])
        return {
            name: value.to(self.loaded.device, self.loaded.dtype if value.is_floating_point() else value.dtype)
            for name, value in beside.items()
        }

    def _positions(self, parts: Sequence[Part], width: int) -> torch.Tensor:
        """As the model counts them: in one dimension, or where it sees perhaps in time, height and width (Qwen2-VL)."""
        rows = [self._positions_of(part.prompt)[..., part.begin : part.end] for part in parts]  # (…, 1, part's width)
        leading = max((row.shape[:-2] for row in rows), key=len)
        padded = [
            torch.nn.functional.pad(row.expand(*leading, *row.shape[-2:]), (width - row.shape[-1], 0)) for row in rows
        ]
        return torch.cat(padded, dim=-2).to(self.loaded.device)

    def _positions_of(self, prompt: Prompt) -> torch.Tensor:
        ids = torch.tensor([prompt.ids])
        if self.loaded.processor is None:
            return torch.arange(len(prompt.ids))[None]  # (1, length)
        prepare: Any = self.loaded.model._prepare_position_ids_for_generation
        given = {"input_ids": ids, "attention_mask": torch.ones_like(ids), **prompt.along, **prompt.pictures}
        on_device = {name: value.to(self.loaded.device) for name, value in given.items()}
        return prepare(on_device["input_ids"], on_device).cpu()

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


def _groups(parts: Sequence[Part]) -> list[list[int]]:
    """Numbers of parts in order of width, cut where padding them together would exceed READ_TOGETHER tokens."""
    groups: list[list[int]] = []
    for number in sorted(range(len(parts)), key=lambda number: parts[number].width):
        if not groups or parts[number].width * (len(groups[-1]) + 1) > READ_TOGETHER:
            groups.append([])
        groups[-1].append(number)
    return groups


def _left_padded(part: Part, name: str, width: int) -> torch.Tensor:
    value = part.prompt.along.get(name)
    if value is None:
        return torch.zeros((1, width), dtype=torch.long)
    own = value[:, part.begin : part.end]
    return torch.nn.functional.pad(own, (width - own.shape[1], 0))


def _stacked(parts: list[torch.Tensor]) -> torch.Tensor:
    """Along the first dimension; where pictures have different numbers of tiles, zero tiles fill the second."""
    if parts[0].ndim == 5:  # (pictures, tiles, channels, height, width)
        tiles = max(part.shape[1] for part in parts)
        parts = [torch.nn.functional.pad(part, (0, 0) * 3 + (0, tiles - part.shape[1])) for part in parts]
    return torch.cat(parts)
