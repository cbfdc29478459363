"""How many tokens a batch may hold, from the memory that is free, and what running out of it looks like."""

from __future__ import annotations

import resource

import psutil
import torch

from workers.engines.local.loading import Loaded

SHARE = 0.4  # of the free memory: joining rows holds the cache twice for a moment, and the pass itself needs its part
MOST_TOKENS = {"cpu": 64 * 1024, "cuda": 4 * 1024 * 1024}  # a CPU gains nothing from more, and others use its memory


def token_budget(loaded: Loaded) -> int:
    """Tokens, padding and room for the answers included, that all rows of a batch may hold together."""
    if loaded.device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(loaded.device)
    else:
        free = psutil.virtual_memory().available
    tokens = int(free * SHARE) // (2 * loaded.kv_bytes_per_token)
    return max(1, min(tokens, MOST_TOKENS.get(loaded.device.type, MOST_TOKENS["cpu"])))


def peak_bytes(loaded: Loaded) -> int:
    """The most that was held at a time: by torch on the GPU, or by this process; it never falls."""
    if loaded.device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(loaded.device))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in KiB


def is_out_of_memory(error: BaseException) -> bool:
    """CUDA says so by its own error; the CPU's allocator raises a plain RuntimeError with these words."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    said = str(error)
    return isinstance(error, RuntimeError) and ("can't allocate memory" in said or "not enough memory" in said)


def release(loaded: Loaded) -> None:
    if loaded.device.type == "cuda":
        torch.cuda.empty_cache()
