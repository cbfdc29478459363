"""What a trainer does with a published version: `datasets` reads every table, images decode, TRL takes a step.

The models are tiny and random: whether a step runs on our rows is the question, not what is learnt.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from datasets import load_dataset
from PIL import Image as Picture

from annotations.exporters.base import Item, formats
from annotations.verbs.snapshot_folder import SnapshotFolder
from tests.annotations.exporters.training import a_full_problem
from tests.builders import png

TABLES = [name for name, format in formats().items() if any(one.name == "container" for one in format.options)]
PAIRS = [
    "dpo_corrections", "step_dpo", "minimal_edits", "human_against_critic", "best_against_worst", "effect_pairs",
    "rollout_pairs", "consistency_pairs", "strong_weak", "hindsight_pairs",
]  # fmt: skip
COMPLETIONS = [
    "sft_critic", "refinements", "mistakes", "silver_critiques", "own_critiques", "recoveries", "masked_chains",
    "chains", "autorater",
]  # fmt: skip


def published(format: str, folder: Path, *, problems: int = 2, pictures: int = 1, **options: str) -> list[Path]:
    """Files as a publication writes them."""
    records = [a_full_problem(f"p{n}", pictures=pictures) for n in range(problems)]
    with SnapshotFolder(folder) as files:
        formats()[format].write(
            (Item(record, lambda image: png(), lambda author: "x") for record in records),
            formats()[format].chosen(options),
            files,
        )
    named = []
    for file in files.written():
        named.append(folder / file.name)
        file.path.rename(named[-1])
    return named


@pytest.mark.parametrize("container", ["parquet", "jsonl"])
@pytest.mark.parametrize("format", TABLES)
def test_datasets_reads_every_table_whole(format: str, container: str, tmp_path: Path) -> None:
    (file,) = published(format, tmp_path, container=container)
    kind = {"parquet": "parquet", "jsonl": "json"}[container]
    held = load_dataset(kind, data_files=str(file), split="train", cache_dir=str(tmp_path / "cache"))
    streamed = list(load_dataset(kind, data_files=str(file), split="train", streaming=True))
    assert len(held) == len(streamed) > 0


def test_images_decode_by_themselves(tmp_path: Path) -> None:
    (file,) = published("dpo_corrections", tmp_path)
    held = load_dataset("parquet", data_files=str(file), split="train", cache_dir=str(tmp_path / "cache"))
    (picture,) = held[0]["images"]
    assert isinstance(picture, Picture.Image)
    assert picture.size == Picture.open(io.BytesIO(png())).size


def test_a_parquet_file_is_written_in_groups_and_its_hash_is_of_its_bytes(tmp_path: Path) -> None:
    with SnapshotFolder(tmp_path) as files:
        file = files.file("train.parquet", columns={"text": "string", "n": "int64"})
        for number in range(2500):
            file.write({"text": f"row {number}", "n": number})
    content = file.path.read_bytes()
    assert (file.rows, file.byte_size) == (2500, len(content))
    assert file.digest.hexdigest() == hashlib.sha256(content).hexdigest()
    read = pyarrow.parquet.ParquetFile(file.path)
    assert read.metadata.num_row_groups == 3
    assert read.read().column("n").to_pylist() == list(range(2500))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """A random Llama of some thousand weights, with a tokenizer of bytes and a chat template."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate(["<pad>", "<eos>", *alphabet])}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="<eos>")
    tokenizer.chat_template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=2048, pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tiny")  # whence TRL loads the reference model again
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return LlamaForCausalLM.from_pretrained(folder), tokenizer


def arguments(kind: Any, folder: Path, **more: Any) -> Any:
    return kind(
        output_dir=str(folder), max_steps=1, per_device_train_batch_size=2, report_to=[], use_cpu=True, bf16=False,
        save_strategy="no", logging_steps=1, dataloader_pin_memory=False, **more,
    )  # fmt: skip


def rows_of(format: str, folder: Path, **options: str) -> Any:
    (file,) = published(format, folder, problems=2, pictures=0, **options)
    return load_dataset("parquet", data_files=str(file), split="train", cache_dir=str(folder / "cache"))


@pytest.mark.parametrize("format", PAIRS)
def test_trls_dpo_trainer_takes_a_step(format: str, tiny: tuple[Any, Any], tmp_path: Path) -> None:
    from trl import DPOConfig, DPOTrainer

    model, tokenizer = tiny
    held = rows_of(format, tmp_path, images="none").select_columns(["prompt", "chosen", "rejected"])
    trainer = DPOTrainer(
        model=model,
        args=arguments(DPOConfig, tmp_path, max_length=None),
        train_dataset=held,
        processing_class=tokenizer,
    )
    assert trainer.train().global_step == 1


def test_trls_kto_trainer_takes_a_step(tiny: tuple[Any, Any], tmp_path: Path) -> None:
    try:
        from trl import KTOConfig, KTOTrainer
    except ImportError:
        from trl.experimental.kto import KTOConfig, KTOTrainer

    model, tokenizer = tiny
    held = rows_of("kto", tmp_path, images="none").select_columns(["prompt", "completion", "label"])
    trainer = KTOTrainer(
        model=model, args=arguments(KTOConfig, tmp_path), train_dataset=held, processing_class=tokenizer
    )
    assert trainer.train().global_step == 1


@pytest.mark.parametrize("format", COMPLETIONS)
def test_trls_sft_trainer_takes_a_step(format: str, tiny: tuple[Any, Any], tmp_path: Path) -> None:
    from trl import SFTConfig, SFTTrainer

    model, tokenizer = tiny
    text_alone = {} if format == "autorater" else {"images": "none"}
    held = rows_of(format, tmp_path, **text_alone).select_columns(["prompt", "completion"])
    trainer = SFTTrainer(
        model=model, args=arguments(SFTConfig, tmp_path), train_dataset=held, processing_class=tokenizer
    )
    assert trainer.train().global_step == 1


def test_trls_reward_trainer_takes_a_step(tiny: tuple[Any, Any], tmp_path: Path) -> None:
    from transformers import LlamaForSequenceClassification
    from trl import RewardConfig, RewardTrainer

    model, tokenizer = tiny
    config = model.config
    config.num_labels = 1
    held = rows_of("reward", tmp_path).select_columns(["chosen", "rejected", "margin"])
    trainer = RewardTrainer(
        model=LlamaForSequenceClassification(config), args=arguments(RewardConfig, tmp_path), train_dataset=held,
        processing_class=tokenizer,
    )  # fmt: skip
    assert trainer.train().global_step == 1
