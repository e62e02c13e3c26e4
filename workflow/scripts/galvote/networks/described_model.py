"""The `config.json` beside an encoder's weights: a stranger's, and so checked."""

import json
import re
from pathlib import Path

from galvote.base.errors import InputError, first_line

# arguments of timm's models that only say how layers are built; others name files,
# repositories or classes, or change what a model gives
NAMES = """
act_layer attn_drop_rate attn_layer attn_ratio avg_down base_width bias bn_eps
bn_momentum bottle_ratio cardinality class_token conv_bias conv_mlp crpe_window depth
depth_mult depths dims distilled down_kernel_size drop drop_block_rate drop_path_rate
drop_rate dropout dynamic_img_pad dynamic_img_size embed_dim embed_dims embed_norm
expand_ratio fc_norm final_norm fix_init global_pool groups growth_rate head_bias
head_dim head_hidden_size head_init_scale head_norm_first heads img_size in_chans
init_values input_3x3 kernel_size kernel_sizes layer_scale_init_value layers
ls_init_value mlp_act mlp_bias mlp_layer mlp_ratio mlp_ratios no_embed_class norm_eps
norm_layer num_blocks num_classes num_features num_heads num_reg_tokens output_stride
pad_type patch_drop_rate patch_norm patch_padding patch_size pool_include_prefix
pool_type pos_drop_rate pos_embed pos_embed_grid_size pre_norm pretrained_window_sizes
proj_bias proj_drop_rate qk_norm qkv_bias qkv_fused ref_feat_shape reg_tokens
rel_pos_type replace_stem_pool rope_grid_indexing rope_grid_offset rope_rotate_half
rope_temperature rope_type round_chs scale_attn_norm scale_mlp_norm se_ratio sr_ratios
stages stem_bias stem_chs stem_kernel_size stem_size stem_stride stem_type stem_width
strict_img_size strides swiglu_align_to swiglu_mlp use_abs_pos use_abs_pos_emb
use_fc_norm use_grn use_layer_scale use_pos_embed use_post_norm use_rel_pos
use_rel_pos_bias use_rope use_rot_pos_emb use_shared_rel_pos_bias weight_init
widen_factor width width_factor width_mult widths window_ratio window_size window_sizes
zero_init_last
"""
ARGUMENTS = frozenset(NAMES.split())
LARGEST = 65_536  # of a number, far beyond any size of a layer
WORD = re.compile(r"[\w.-]{1,64}", re.ASCII)
NAME = re.compile(r"\w+(\.\w+)?", re.ASCII)  # of an architecture, with its tag


def read_description(path: Path) -> dict:
    """Read a `config.json`; what it may make timm do is checked.

    Raises
    ------
    InputError
        Where it is none, or asks for more than one of timm's models.
    """
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not JSON: {first_line(error)}") from None
    if not isinstance(described, dict):
        raise InputError(f"{path} is no section with keys; take the model's own")
    for key in ("pretrained_cfg", "model_args"):
        if not isinstance(described.get(key) or {}, dict):
            raise InputError(f"`{key}` of {path} is no section with keys; mend it")
    architecture = described.get("architecture")
    named = isinstance(architecture, str) and NAME.fullmatch(architecture)
    if architecture is not None and not named:
        raise InputError(
            f"{path} names the `architecture` {architecture!r}, which must be a timm"
            " model alone; set `codes.encoder` to the model and `codes.weights` to the"
            " weight file"
        )
    for key, value in (described.get("model_args") or {}).items():
        if key not in ARGUMENTS or not _is_harmless(value):
            raise InputError(
                f"{path} gives the model the argument `{key}: {value!r}`, which is none"
                " of those that only shape its layers; take it out of `model_args`"
            )
    return described


def _is_harmless(value: object) -> bool:
    """Tell whether a value is a size, a choice, or a list of such."""
    if isinstance(value, list):
        return len(value) <= 64 and all(map(_is_harmless, value))
    if isinstance(value, str):
        return WORD.fullmatch(value) is not None
    return value is None or (isinstance(value, int | float) and abs(value) <= LARGEST)
