"""Makes the files of torch.save beside it: the small GPT-NeoX model of ModelSamples.cs. Made with PyTorch 1.13 and numpy 1.24.

The older form's keys are addresses, so that its files differ from run to run in them and in the order of their storages.

Element i of a tensor is ((37 i + c) mod 257 - 128) / 64, where c is the sum of the code points of the tensor's name.
"""
import argparse
import collections
import math
import pathlib
import numpy
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


def tensor(name, shape, dtype):
    values = (torch.arange(math.prod(shape)) * 37 + sum(map(ord, name))) % 257 - 128
    return (values.to(torch.float32) / 64).to(dtype).view(*shape)


def state_dict(dtype, mask_dtype=torch.uint8, transposed=False, parameters=False):
    result = collections.OrderedDict(buffers(dtype, mask_dtype))
    result._metadata = collections.OrderedDict({"": {"version": 1}, "gpt_neox": {"version": 1}})
    for name, shape in weights():
        value = tensor(name, shape, dtype)
        if transposed and value.dim() == 2:
            value = value.t().contiguous().t()
        result[name] = torch.nn.Parameter(value) if parameters else value
    return result


def strided(dtype):
    """Views that aren't contiguous. Vectors are their first element n times, embed_out is its first row V times."""
    for number, (name, shape) in enumerate(weights()):
        value = tensor(name, shape, dtype)
        if len(shape) == 1:
            view = value[:1].clone().expand(shape)
        elif name == "embed_out.weight":
            view = value[:1].clone().expand(shape)
        elif number % 3 == 0:
            view = torch.zeros(shape[0], 2 * shape[1], dtype=dtype)[:, 1::2].copy_(value)
        elif number % 3 == 1:
            view = torch.zeros(3 * shape[1], 2 * shape[0], dtype=dtype).t()[::2, 2::3].copy_(value)
        else:
            view = torch.zeros(5, shape[0], shape[1], dtype=dtype)[3].copy_(value)
        yield name, view


def training():
    """What a training script keeps: the weights of a model that is compiled and wrapped, an optimizer's state, settings and counters."""
    model = collections.defaultdict(list)
    kinds = [torch.bool, torch.int8, torch.int16, torch.complex64, torch.float64, torch.int32]
    for layer in range(LAYERS):
        for suffix in ("bias", "masked_bias", "rotary_emb.inv_freq"):
            model[f"_orig_mod.module.gpt_neox.layers.{layer}.attention.{suffix}"] = torch.ones(1, 2, dtype=kinds.pop())
    for name, shape in weights():
        model["_orig_mod.module." + name] = torch.nn.Parameter(tensor(name, shape, torch.float16))
    moments = {"step": torch.tensor(7.0), "exp_avg": torch.zeros(VOCABULARY, WIDTH), "exp_avg_sq": torch.zeros(VOCABULARY, WIDTH)}
    return {
        "epoch": 3,
        "done": False,
        "model": model,
        "optimizer": {"state": {0: moments, 1: moments}, "param_groups": [{"lr": 6e-4, "betas": (0.9, 0.95), "foreach": None, "params": [0, 1]}]},
        "best": torch.tensor(1.5, dtype=torch.float64),
        "args": argparse.Namespace(width=WIDTH, out=pathlib.PosixPath("/tmp/out"), dtype=torch.float16, device=torch.device("cpu")),
        "loss": numpy.float64(2.5),
        "generator": numpy.arange(4, dtype=numpy.uint32),
        "shape": torch.Size([VOCABULARY, WIDTH]),
        "seen": {1, 2, 3},
        "counts": collections.Counter(["a", "b", "a"]),
        "seed": 2**80,
        "id": b"\x00\xff",
    }


torch.save(state_dict(torch.float16), "half.bin")
torch.save(state_dict(torch.bfloat16, torch.bool, transposed=True), "bfloat16-transposed.bin")
torch.save(state_dict(torch.float32, torch.bool, parameters=True), "float-parameters.bin")
torch.save({"embed_out.weight": torch.zeros(2, 2)}, "legacy.bin", _use_new_zipfile_serialization=False)

torch.save(state_dict(torch.float16), "legacy-half.bin", _use_new_zipfile_serialization=False)
torch.save(state_dict(torch.bfloat16, torch.bool, transposed=True, parameters=True), "legacy-protocol4.bin", pickle_protocol=4, _use_new_zipfile_serialization=False)
for protocol in (3, 4, 5):
    torch.save(state_dict(torch.float16), f"protocol{protocol}.bin", pickle_protocol=protocol)
torch.save(state_dict(torch.float64), "double.bin")
torch.save(collections.OrderedDict(strided(torch.float32)), "strided.bin")
torch.save(training(), "training.bin")
torch.save(training(), "training-protocol4.bin", pickle_protocol=4)
