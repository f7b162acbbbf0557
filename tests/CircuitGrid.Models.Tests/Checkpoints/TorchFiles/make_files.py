"""Makes the files of torch.save beside it: the small GPT-NeoX model of ModelSamples.cs. Made with PyTorch 1.13.

Element i of a tensor is ((37 i + c) mod 257 - 128) / 64, where c is the sum of the code points of the tensor's name.
"""
import collections
import math
import torch

LAYERS, WIDTH, MLP, VOCABULARY, CONTEXT = 2, 8, 12, 10, 16


def weights():
    yield "gpt_neox.embed_in.weight", (VOCABULARY, WIDTH)
    for layer in range(LAYERS):
        prefix = f"gpt_neox.layers.{layer}."
        for norm in ("input_layernorm", "post_attention_layernorm"):
            yield prefix + norm + ".weight", (WIDTH,)
            yield prefix + norm + ".bias", (WIDTH,)
        for linear, outputs, inputs in (
            ("attention.query_key_value", 3 * WIDTH, WIDTH),
            ("attention.dense", WIDTH, WIDTH),
            ("mlp.dense_h_to_4h", MLP, WIDTH),
            ("mlp.dense_4h_to_h", WIDTH, MLP),
        ):
            yield prefix + linear + ".weight", (outputs, inputs)
            yield prefix + linear + ".bias", (outputs,)
    yield "gpt_neox.final_layer_norm.weight", (WIDTH,)
    yield "gpt_neox.final_layer_norm.bias", (WIDTH,)
    yield "embed_out.weight", (VOCABULARY, WIDTH)


def buffers(dtype, mask_dtype):
    for layer in range(LAYERS):
        prefix = f"gpt_neox.layers.{layer}.attention."
        yield prefix + "bias", torch.tril(torch.ones(CONTEXT, CONTEXT, dtype=mask_dtype)).view(1, 1, CONTEXT, CONTEXT)
        yield prefix + "masked_bias", torch.tensor(-1e4, dtype=dtype)
        yield prefix + "rotary_emb.inv_freq", torch.ones(1)


def state_dict(dtype, mask_dtype=torch.uint8, transposed=False, parameters=False):
    result = collections.OrderedDict(buffers(dtype, mask_dtype))
    result._metadata = collections.OrderedDict({"": {"version": 1}, "gpt_neox": {"version": 1}})
    for name, shape in weights():
        values = (torch.arange(math.prod(shape)) * 37 + sum(map(ord, name))) % 257 - 128
        tensor = (values.to(torch.float32) / 64).to(dtype).view(*shape)
        if transposed and tensor.dim() == 2:
            tensor = tensor.t().contiguous().t()
        result[name] = torch.nn.Parameter(tensor) if parameters else tensor
    return result


torch.save(state_dict(torch.float16), "half.bin")
torch.save(state_dict(torch.bfloat16, torch.bool, transposed=True), "bfloat16-transposed.bin")
torch.save(state_dict(torch.float32, torch.bool, parameters=True), "float-parameters.bin")
torch.save({"embed_out.weight": torch.zeros(2, 2)}, "legacy.bin", _use_new_zipfile_serialization=False)
