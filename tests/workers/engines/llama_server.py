"""llama.cpp's server (the wheel `xllamacpp`) with the default model's GGUF, as a process of its own.

It prints "ADDRESS http://…" when it is ready, then serves until it is killed.
"""

from __future__ import annotations

import signal
import sys

import xllamacpp

from workers.engines.default_model import find_gguf

ALIAS = "smollm2"
KEY = "key-of-the-test"

if __name__ == "__main__":
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(find_gguf())
    parameters.model_alias = {ALIAS}
    parameters.api_keys = [KEY]
    parameters.n_ctx, parameters.n_parallel = 4096, 4
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 2
    server = xllamacpp.Server(parameters)
    sys.stdout.write(f"ADDRESS {server.listening_address}\n")
    sys.stdout.flush()
    signal.pause()
