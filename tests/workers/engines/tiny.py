"""Tiny models with random weights, made offline, saved as a user's model would be: safetensors, config, tokenizer."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    LlamaConfig,
    LlamaForCausalLM,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessorPil,
    Qwen2VLProcessor,
)

from workers.engines.local.loading import Loaded

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


class PicturesOnly(Qwen2VLProcessor):
    """Qwen2-VL's processor without its part for videos, which cannot be made where torchvision is not installed."""

    def check_argument_for_proper_class(self, argument_name: str, argument: object) -> type:
        return type(argument)


def tiny_qwen2_vl() -> Loaded:
    """The Qwen2-VL way: as many embeddings as the picture has patches, and positions in time, height and width."""
    torch.manual_seed(7)
    image = "<|vision_start|><|image_pad|><|vision_end|>"
    tokenizer = tiny_tokenizer(image)
    sizes = {**text_sizes(tokenizer), "initializer_range": 0.3}
    rope = {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10000.0}
    config = Qwen2VLConfig(
        text_config={**sizes, "rope_parameters": rope},
        vision_config={"depth": 1, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "spatial_merge_size": 2},
        **{
            f"{name}_token_id": tokenizer.convert_tokens_to_ids(f"<|{token}|>")
            for name, token in {
                "image": "image_pad",
                "video": "video_pad",
                "vision_start": "vision_start",
                "vision_end": "vision_end",
            }.items()
        },
    )
    processor = PicturesOnly(
        image_processor=Qwen2VLImageProcessorPil(size={"shortest_edge": 56 * 56, "longest_edge": 112 * 112}),
        tokenizer=tokenizer,
        chat_template=CHAT.replace("IMAGE", image),
    )
    return Loaded(
        model=Qwen2VLForConditionalGeneration(config).eval(),
        tokenizer=tokenizer,
        processor=processor,
        device=torch.device("cpu"),
        dtype=torch.float32,
        stop_ids=(tokenizer.eos_token_id,),
        weights="",
    )
