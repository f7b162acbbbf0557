"""Makes newer.bin: the model of make_files.py in float16, with what torch 2 saves and PyTorch 1.13 doesn't know.

Run with Python 3.11. Its own pickle and zipfile modules write the file; modules that have only torch's and numpy's names stand in for them.

What older files don't have: parameters with a state, tensors with attributes, types that have no storage class (their bytes are an UntypedStorage
and the type stands in the call), and numpy's newer module names.
"""
import collections
import io
import pickle
import struct
import sys
import types
import zipfile

LAYERS, WIDTH, MLP, VOCABULARY = 2, 8, 12, 10


class Called:
    """An object that unpickling makes by a call."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class DType:
    """An object that unpickling finds by its name."""

    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return self.name


class Storage:
    def __init__(self, kind, data, length):
        self.kind, self.data, self.length = kind, data, length


def stand_in(module, *names):
    result = sys.modules[module] = types.ModuleType(module)
    for name in names:
        member = DType(name) if name[0].islower() and name[-1].isdigit() or name.startswith("float8") else type(name, (), {})
        member.__module__ = module
        setattr(result, name, member)
    return result


def function(module, name):
    def called(*_):
        raise NotImplementedError
    called.__module__, called.__name__, called.__qualname__ = module, name, name
    setattr(sys.modules[module], name, called)
    return called


torch = stand_in("torch", "HalfStorage", "Tensor", "uint16", "float8_e4m3fn")
stand_in("torch.storage", "UntypedStorage")
stand_in("torch.nn")
parameter = stand_in("torch.nn.parameter", "Parameter", "Buffer")
stand_in("torch._utils")
stand_in("torch._tensor")
stand_in("numpy")
stand_in("numpy._core")
stand_in("numpy._core.multiarray")
rebuild_v2 = function("torch._utils", "_rebuild_tensor_v2")
rebuild_v3 = function("torch._utils", "_rebuild_tensor_v3")
rebuild_parameter_with_state = function("torch._utils", "_rebuild_parameter_with_state")
rebuild_from_type_v2 = function("torch._tensor", "_rebuild_from_type_v2")
scalar = function("numpy._core.multiarray", "scalar")
dtype = function("numpy", "dtype")


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


def tensor(number, name, shape):
    length = shape[0] * (shape[1] if len(shape) == 2 else 1)
    code = sum(map(ord, name))
    values = [((37 * i + code) % 257 - 128) / 64 for i in range(length)]
    storage = Storage(torch.HalfStorage, struct.pack(f"<{length}e", *values), length)
    strides = (shape[1], 1) if len(shape) == 2 else (1,)
    arguments = (storage, 0, shape, strides, False, collections.OrderedDict())
    match number % 4:
        case 0:
            return Called(rebuild_v2, *arguments)
        case 1:
            return Called(rebuild_v2, *arguments, {})
        case 2:
            return Called(rebuild_parameter_with_state, Called(rebuild_v2, *arguments), True, collections.OrderedDict(), {"tag": 1})
        case _:
            return Called(rebuild_from_type_v2, rebuild_v2, torch.Tensor, arguments, {"persistent": True})


def without_storage_class(element, size):
    storage = Storage(sys.modules["torch.storage"].UntypedStorage, bytes(6 * size), 6 * size)
    return Called(rebuild_v3, storage, 1, (2, 2), (2, 1), False, collections.OrderedDict(), element)


state = collections.OrderedDict()
state["gpt_neox.layers.0.attention.masked_bias"] = without_storage_class(torch.uint16, 2)
state["gpt_neox.layers.1.attention.masked_bias"] = without_storage_class(torch.float8_e4m3fn, 1)
for index, (key, extents) in enumerate(weights()):
    state[key] = tensor(index, key, extents)
saved = {"state_dict": state, "loss": Called(scalar, Called(dtype, "f8", False, True), struct.pack("<d", 2.5))}

storages = []


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        storages.append(value)
        return "storage", value.kind, str(len(storages) - 1), "cpu", value.length


buffer = io.BytesIO()
Pickler(buffer, protocol=2).dump(saved)
with zipfile.ZipFile("newer.bin", "w", zipfile.ZIP_STORED) as archive:
    def write(name, data):
        archive.writestr(zipfile.ZipInfo("newer/" + name, (1980, 1, 1, 0, 0, 0)), data)

    write("data.pkl", buffer.getvalue())
    write(".format_version", "1")
    write("byteorder", "little")
    for index, storage in enumerate(storages):
        write(f"data/{index}", storage.data)
    write("version", "3\n")
