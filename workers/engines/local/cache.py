"""The key-value cache of a running batch: room is kept ahead, rows can leave, and other rows can join.

transformers' own cache copies everything at each token; here a token is written into room that is already there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

KeysValues = list[tuple[torch.Tensor, torch.Tensor]]  # of each layer

GROW_BY = 64  # tokens of room added at a time where no better number is known


class RoomyLayer(DynamicLayer):
    """Keys and values (rows, heads, length, width), as views of tensors that are longer than `length`."""

    def __init__(self, room: int = 0) -> None:
        super().__init__()
        self.room = room
        self.length = 0
        self.all_keys = self.all_values = torch.empty(0)

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.dtype, self.device = key_states.dtype, key_states.device
        room = max(self.room, key_states.shape[2])
        self.all_keys, self.all_values = _with_room(key_states, room), _with_room(value_states, room)
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        begin, end = self.length, self.length + key_states.shape[2]
        if end > self.all_keys.shape[2]:
            old_keys, old_values, room = self.all_keys, self.all_values, end + GROW_BY
            self.all_keys, self.all_values = _with_room(old_keys, room), _with_room(old_values, room)
            self.all_keys[:, :, :begin], self.all_values[:, :, :begin] = (
                old_keys[:, :, :begin],
                old_values[:, :, :begin],
            )
        self.all_keys[:, :, begin:end], self.all_values[:, :, begin:end] = key_states, value_states
        return self.show(end)

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        self.all_keys, self.all_values = self.all_keys[indices], self.all_values[indices]
        self.show(self.length)

    def show(self, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Makes the first `length` columns the layer's contents."""
        self.length = length
        keys, values = self.all_keys[:, :, :length], self.all_values[:, :, :length]
        self.keys, self.values = keys, values
        return keys, values


def _with_room(like: torch.Tensor, room: int, rows: int | None = None) -> torch.Tensor:
    """An empty tensor (rows, heads, room, width) with the others of `like` (rows, heads, length, width)."""
    return like.new_empty((like.shape[0] if rows is None else rows, like.shape[1], room, like.shape[3]))


def new_cache(config: Any, room: int) -> DynamicCache:
    """An empty cache with `room` columns per row, as far as the model's layers are plain attention."""
    cache = DynamicCache(config=config)
    cache.layers = [RoomyLayer(room) if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def can_be_joined(cache: DynamicCache) -> bool:
    """Whether other rows may join: not so for sliding windows and recurrent states, which have no columns to align."""
    return all(type(layer) is RoomyLayer for layer in cache.layers)


def contents(cache: DynamicCache) -> KeysValues:
    """Keys and values of each layer, (rows, heads, length, width)."""
    layers: list[Any] = list(cache.layers)
    return [(layer.keys, layer.values) for layer in layers]


def one_row(cache: DynamicCache, row: int, columns: torch.Tensor) -> KeysValues:
    """A copy of one row's `columns`, (1, heads, columns, width)."""
    return [(keys[row : row + 1, :, columns], values[row : row + 1, :, columns]) for keys, values in contents(cache)]


def up_to(kept: KeysValues, length: int) -> KeysValues:
    """Views of the first `length` columns."""
    return [(keys[:, :, :length], values[:, :, :length]) for keys, values in kept]


def joined(parts: Sequence[KeysValues], config: Any, room: int) -> DynamicCache:
    """The rows of all parts in one cache, aligned at their last columns; the columns before a shorter one are zero."""
    length = max(part[0][0].shape[2] for part in parts)
    together = new_cache(config, room)
    for number, layer in enumerate(together.layers):
        assert isinstance(layer, RoomyLayer)
        layer.all_keys = _aligned([part[number][0] for part in parts], length, max(room, length))
        layer.all_values = _aligned([part[number][1] for part in parts], length, max(room, length))
        layer.dtype, layer.device, layer.is_initialized = layer.all_keys.dtype, layer.all_keys.device, True
        layer.show(length)
    return together


def _aligned(parts: Sequence[torch.Tensor], length: int, room: int) -> torch.Tensor:
    """One tensor (all rows, heads, room, width) whose first `length` columns hold the parts, aligned at their ends."""
    together = _with_room(parts[0], room, rows=sum(part.shape[0] for part in parts))
    first = 0
    for part in parts:
        last, begin = first + part.shape[0], length - part.shape[2]
        together[first:last, :, :begin] = 0
        together[first:last, :, begin:length] = part
        first = last
    return together
