"""Makes older.bin: the model of make_files.py in float32, as torch before 0.4 saved it under Python 2.

Run with Python 2.7. Its own pickle module writes the file; modules that have only torch's names stand in for torch, whose
versions of that age run nowhere any more. PyTorch 1.13 loads the file and gives the elements that the formula in make_files.py says.

What newer files don't have: names that are byte strings, dictionaries made of a list of pairs, tensors made by _rebuild_tensor with a torch.Size,
and storages that are views: here one storage for each layer, of which every second tensor is a view.
"""
import cPickle
import collections
import struct
import sys
import types

LAYERS, WIDTH, MLP, VOCABULARY = 2, 8, 12, 10


def module(name, **members):
    result = sys.modules[name] = types.ModuleType(name)
    for key, value in members.items():
        setattr(result, key, value)
        value.__module__ = name
    return result


class FloatStorage(object):
    pass


class Size(tuple):
    def __reduce__(self):
        return Size, (tuple(self),)


def _rebuild_tensor(storage, offset, size, stride):
    raise NotImplementedError


torch = module("torch", FloatStorage=FloatStorage, Size=Size)
torch._utils = module("torch._utils", _rebuild_tensor=_rebuild_tensor)


class Storage(object):
    """Elements of a root storage; those of a view begin at start."""

    def __init__(self, root, start=None, length=None):
        self.root, self.start, self.length = root, start, length


class Tensor(object):
    def __init__(self, storage, offset, size):
        self.args = (storage, offset, Size(size), (size[1], 1) if len(size) == 2 else (1,))

    def __reduce__(self):
        return _rebuild_tensor, self.args


def weights():
    yield "top", "gpt_neox.embed_in.weight", (VOCABULARY, WIDTH)
    for layer in range(LAYERS):
        prefix = "gpt_neox.layers.%d." % layer
        for norm in ("input_layernorm", "post_attention_layernorm"):
            yield layer, prefix + norm + ".weight", (WIDTH,)
            yield layer, prefix + norm + ".bias", (WIDTH,)
        for linear, outputs, inputs in (
            ("attention.query_key_value", 3 * WIDTH, WIDTH),
            ("attention.dense", WIDTH, WIDTH),
            ("mlp.dense_h_to_4h", MLP, WIDTH),
            ("mlp.dense_4h_to_h", WIDTH, MLP),
        ):
            yield layer, prefix + linear + ".weight", (outputs, inputs)
            yield layer, prefix + linear + ".bias", (outputs,)
    yield "top", "gpt_neox.final_layer_norm.weight", (WIDTH,)
    yield "top", "gpt_neox.final_layer_norm.bias", (WIDTH,)
    yield "top", "embed_out.weight", (VOCABULARY, WIDTH)


def save(path):
    roots = collections.OrderedDict()
    state = collections.OrderedDict()
    for number, (group, name, size) in enumerate(weights()):
        elements = roots.setdefault(group, [])
        start = len(elements)
        length = reduce(lambda x, y: x * y, size)
        code = sum(map(ord, name))
        elements.extend(((37 * i + code) % 257 - 128) / 64.0 for i in range(length))

        # A view that starts one element early, so that offsets in storage and view both count.
        early = min(start, 1)
        state[name] = Tensor(Storage(group, start - early, length + early), early, size) if number % 2 else Tensor(Storage(group), start, size)
    state._metadata = collections.OrderedDict({"": {"version": 1}})

    def persistent_id(value):
        if not isinstance(value, Storage):
            return None
        view = None if value.start is None else ("%s-%d" % (value.root, value.start), value.start, value.length)
        return "storage", FloatStorage, str(value.root), "cuda:0", len(roots[value.root]), view

    with open(path, "wb") as f:
        for header in (
            0x1950A86A20F9469CFC6C,
            1001,
            {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}},
        ):
            cPickle.dump(header, f, 2)
        pickler = cPickle.Pickler(f, 2)
        pickler.persistent_id = persistent_id
        pickler.dump(state)
        keys = sorted(map(str, roots))
        cPickle.dump(keys, f, 2)
        by_key = {str(group): elements for group, elements in roots.items()}
        for key in keys:
            f.write(struct.pack("<q%df" % len(by_key[key]), len(by_key[key]), *by_key[key]))


save("older.bin")
