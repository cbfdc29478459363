"""The key-value cache of a running batch: room is kept ahead, rows can leave, and other rows can join.

transformers' own cache copies everything at each token; here a token is written into room that is already there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

GROW_BY = 64  # tokens of room added at a time where no better number is known


class RoomyLayer(DynamicLayer):
    """Keys and values (rows, heads, length, width), as views of tensors that are longer than `length`."""

    def __init__(self, room: int = 0) -> None:
        super().__init__()
        self.room = room
        self.length = 0

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.dtype, self.device = key_states.dtype, key_states.device
        self._allocate(key_states.shape, value_states.shape, max(self.room, key_states.shape[2]))
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self.length + key_states.shape[2]
        if end > self.all_keys.shape[2]:
            old_keys, old_values, length = self.keys, self.values, self.length
            self._allocate(old_keys.shape, old_values.shape, end + GROW_BY)
            self.all_keys[:, :, :length], self.all_values[:, :, :length] = old_keys, old_values
        self.all_keys[:, :, self.length : end] = key_states
        self.all_values[:, :, self.length : end] = value_states
        self._show(end)
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        self.all_keys, self.all_values = self.all_keys[indices], self.all_values[indices]
        self._show(self.length)

    def _allocate(self, keys: Sequence[int], values: Sequence[int], room: int) -> None:
        self.all_keys = torch.empty((keys[0], keys[1], room, keys[3]), dtype=self.dtype, device=self.device)
        self.all_values = torch.empty((values[0], values[1], room, values[3]), dtype=self.dtype, device=self.device)

    def _show(self, length: int) -> None:
        self.length = length
        self.keys, self.values = self.all_keys[:, :, :length], self.all_values[:, :, :length]


def new_cache(config: Any, room: int) -> DynamicCache:
    """An empty cache with `room` columns per row, as far as the model's layers are plain attention."""
    cache = DynamicCache(config=config)
    cache.layers = [RoomyLayer(room) if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def can_be_joined(cache: DynamicCache) -> bool:
    """Whether other rows may join: not so for sliding windows and recurrent states, which have no columns to align."""
    return all(type(layer) is RoomyLayer for layer in cache.layers)


def expanded(prefix: DynamicCache, config: Any, rows: int, room: int) -> DynamicCache:
    """A cache of `rows` rows that each begin with the one row of `prefix`."""
    cache = new_cache(config, room)
    for target, source in zip(cache.layers, prefix.layers, strict=True):
        assert source.keys is not None and source.values is not None
        _, heads, length, width = source.keys.shape
        layer = target
        assert isinstance(layer, RoomyLayer)
        layer.dtype, layer.device, layer.is_initialized = source.keys.dtype, source.keys.device, True
        layer._allocate(
            (rows, heads, length, width), (rows, heads, length, source.values.shape[3]), max(room, length)
        )
        layer.all_keys[:, :, :length], layer.all_values[:, :, :length] = source.keys, source.values
        layer._show(length)
    return cache


def joined(caches: Sequence[DynamicCache], config: Any, room: int) -> DynamicCache:
    """The rows of all `caches` in one, aligned at their last columns; the columns before a shorter one are zero."""
    length = max(cache.get_seq_length() for cache in caches)
    together = new_cache(config, room)
    for number, target in enumerate(together.layers):
        assert isinstance(target, RoomyLayer)
        keys = [cache.layers[number].keys for cache in caches]
        values = [cache.layers[number].values for cache in caches]
        assert keys[0] is not None and values[0] is not None
        target.dtype, target.device, target.is_initialized = keys[0].dtype, keys[0].device, True
        rows = sum(part.shape[0] for part in keys if part is not None)
        target._allocate((rows, *keys[0].shape[1:]), (rows, *values[0].shape[1:]), max(room, length))
        first = 0
        for key, value in zip(keys, values, strict=True):
            assert key is not None and value is not None
            last, begin = first + key.shape[0], length - key.shape[2]
            target.all_keys[first:last, :, :begin] = 0
            target.all_values[first:last, :, :begin] = 0
            target.all_keys[first:last, :, begin:length] = key
            target.all_values[first:last, :, begin:length] = value
            first = last
        target._show(length)
    return together
