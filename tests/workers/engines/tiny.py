"""Tiny models with random weights, made offline, saved as a user's model would be: safetensors, config, tokenizer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    GotOcr2ImageProcessorPil,
    InternVLConfig,
    InternVLForConditionalGeneration,
    LlamaConfig,
    LlamaForCausalLM,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    LlavaOnevisionImageProcessorPil,
    LlavaProcessor,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessorPil,
    SiglipVisionConfig,
)

SPECIAL = ["<end>", "<turn>", "<image>", "<|vision_start|>", "<|image_pad|>", "<|vision_end|>", "<|video_pad|>"]
CHAT = (
    "{% for message in messages %}<turn>{{ message['role'] }}: "
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}IMAGE{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<end>{% endfor %}<turn>assistant: "
)


def tiny_tokenizer(image: str = "<image>") -> PreTrainedTokenizerFast:
    """One token a byte, and a few special ones."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *letters])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<end>",
        pad_token="<end>",
        additional_special_tokens=SPECIAL[1:],
        chat_template=CHAT.replace("IMAGE", image),
    )


def text_sizes(tokenizer: PreTrainedTokenizerFast) -> dict[str, object]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 2048,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": None,
    }


def save_tiny_text_model(folder: Path) -> Path:
    torch.manual_seed(7)
    tokenizer = tiny_tokenizer()
    LlamaForCausalLM(LlamaConfig(**text_sizes(tokenizer), initializer_range=0.3)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_tiny_sliding_window_model(folder: Path) -> Path:
    """Attends to the last 16 tokens only, so that its cache has no columns that other rows could be aligned with."""
    torch.manual_seed(7)
    tokenizer = tiny_tokenizer()
    config = MistralConfig(**text_sizes(tokenizer), sliding_window=16, initializer_range=0.3)
    MistralForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_tiny_llava(folder: Path) -> Path:
    """The LLaVA way: a picture is a fixed number of embeddings in the text."""
    torch.manual_seed(7)
    tokenizer = tiny_tokenizer()
    vision = CLIPVisionConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, image_size=28, patch_size=14
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=LlamaConfig(**text_sizes(tokenizer), initializer_range=0.3),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
    )
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}),
        tokenizer=tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT.replace("IMAGE", "<image>"),
    ).save_pretrained(folder)
    return folder


def save_tiny_qwen2_vl(folder: Path) -> Path:
    """The Qwen2-VL way: as many embeddings as the picture has patches, and positions in time, height and width."""
    return _save_tiny_qwen(
        folder,
        Qwen2VLForConditionalGeneration,
        Qwen2VLConfig,
        {"depth": 1, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "spatial_merge_size": 2},
    )


def save_tiny_qwen2_5_vl(folder: Path) -> Path:
    """As Qwen2-VL, with windows in the vision part."""
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "out_hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 2,
        "spatial_merge_size": 2,
        "fullatt_block_indexes": [1],
    }
    return _save_tiny_qwen(folder, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLConfig, vision)


def save_tiny_internvl(folder: Path) -> Path:
    """Tiles of a fixed size, of which a large picture has more."""
    torch.manual_seed(7)
    image = "<image>"
    tokenizer = tiny_tokenizer(image)
    parts = {
        "start_image_token": "<|vision_start|>",
        "end_image_token": "<|vision_end|>",
        "context_image_token": "<|image_pad|>",
        "video_token": "<|video_pad|>",
    }
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.backend_tokenizer,
        eos_token="<end>",
        pad_token="<end>",
        chat_template=CHAT.replace("IMAGE", parts["context_image_token"]),
        extra_special_tokens=parts,
    )
    config = InternVLConfig(
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "image_size": [28, 28],
            "patch_size": [7, 7],
        },
        text_config=LlamaConfig(**text_sizes(tokenizer), initializer_range=0.3).to_dict(),
        image_token_id=tokenizer.convert_tokens_to_ids("<|image_pad|>"),
        image_seq_length=4,
        downsample_ratio=0.5,
    )
    InternVLForConditionalGeneration(config).save_pretrained(folder)
    pictures = GotOcr2ImageProcessorPil(size={"height": 28, "width": 28}, crop_to_patches=True, max_patches=4)
    return _save_processor(folder, tokenizer, pictures, "InternVLProcessor", image_seq_length=4)


def save_tiny_llava_onevision(folder: Path) -> Path:
    """Tiles for a grid that fits the picture, and the whole picture beside them."""
    torch.manual_seed(7)
    tokenizer = tiny_tokenizer()
    config = LlavaOnevisionConfig(
        vision_config=SiglipVisionConfig(
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            image_size=28,
            patch_size=7,
            vision_use_head=False,
        ).to_dict(),
        text_config=LlamaConfig(**text_sizes(tokenizer), initializer_range=0.3).to_dict(),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<|video_pad|>"),
        image_grid_pinpoints=[[28, 56], [56, 28], [56, 56]],
    )
    LlavaOnevisionForConditionalGeneration(config).save_pretrained(folder)
    pictures = LlavaOnevisionImageProcessorPil(
        size={"height": 28, "width": 28}, image_grid_pinpoints=[[28, 56], [56, 28], [56, 56]]
    )
    settings = {"num_image_tokens": 16, "vision_feature_select_strategy": "full", "video_token": "<|video_pad|>"}
    return _save_processor(folder, tokenizer, pictures, "LlavaOnevisionProcessor", **settings)


def _save_tiny_qwen(folder: Path, model: Any, config: Any, vision: dict[str, object]) -> Path:
    torch.manual_seed(7)
    image = "<|vision_start|><|image_pad|><|vision_end|>"
    tokenizer = tiny_tokenizer(image)
    rope = {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10000.0}
    names = {
        "image": "image_pad",
        "video": "video_pad",
        "vision_start": "vision_start",
        "vision_end": "vision_end",
    }
    ids = {f"{name}_token_id": tokenizer.convert_tokens_to_ids(f"<|{token}|>") for name, token in names.items()}
    text = {**text_sizes(tokenizer), "initializer_range": 0.3, "rope_parameters": rope}
    model(config(text_config=text, vision_config=vision, **ids)).save_pretrained(folder)
    pictures = Qwen2VLImageProcessorPil(size={"shortest_edge": 56 * 56, "longest_edge": 112 * 112})
    return _save_processor(folder, tokenizer, pictures, config.__name__.replace("Config", "Processor"))


def _save_processor(folder: Path, tokenizer: Any, pictures: Any, name: str, **settings: Any) -> Path:
    """As the models' folders have it; what is for videos is left out, for it cannot be made without torchvision."""
    tokenizer.save_pretrained(folder)
    pictures.save_pretrained(folder)
    (folder / "processor_config.json").write_text(json.dumps({"processor_class": name, **settings}))
    return folder
