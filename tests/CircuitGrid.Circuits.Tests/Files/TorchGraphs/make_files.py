"""Makes the graph files beside it: what Graph.to_pt of the EAP-IG library saves, in its versions of 2024 and 2025, with what torch.save would write.

torch isn't needed: stand-ins of the same names make Python's own pickle module refer to torch's functions as torch.save does. expected.json says what is in them.
"""
import collections
import io
import json
import math
import pickle
import random
import struct
import sys
import types
import zipfile

CODES = {"FloatStorage": "f", "DoubleStorage": "d", "BoolStorage": "?", "HalfStorage": "e", "LongStorage": "q"}


def module(name):
    return sys.modules.setdefault(name, types.ModuleType(name))


def named(module_name, name):
    """Something that pickles as a reference to that name."""
    thing = type(name, (), {"__module__": module_name, "__qualname__": name})
    setattr(module(module_name), name, thing)
    return thing


STORAGES = {name: named("torch", name) for name in CODES}
REBUILD = named("torch._utils", "_rebuild_tensor_v2")


class Storage:
    def __init__(self, kind, values):
        self.kind, self.values = kind, values

    def to_bytes(self):
        return struct.pack(f"<{len(self.values)}{CODES[self.kind]}", *self.values)


class Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def __reduce__(self):
        return REBUILD, (self.storage, self.offset, self.shape, self.strides, False, collections.OrderedDict())


def matrix(kind, rows, transposed=False):
    """A matrix of rows; one that is transposed lies in its storage column by column."""
    height, width = len(rows), len(rows[0])
    if transposed:
        return Tensor(Storage(kind, [rows[r][c] for c in range(width) for r in range(height)]), 0, (height, width), (1, height))
    return Tensor(Storage(kind, [x for row in rows for x in row]), 0, (height, width), (width, 1))


def vector(kind, values):
    return Tensor(Storage(kind, values), 0, (len(values),), (1,))


class Pickler(pickle.Pickler):
    def __init__(self, file):
        super().__init__(file, protocol=2)
        self.storages = []

    def persistent_id(self, thing):
        if not isinstance(thing, Storage):
            return None
        if thing not in self.storages:
            self.storages.append(thing)
        return ("storage", STORAGES[thing.kind], str(self.storages.index(thing)), "cpu", len(thing.values))


def save(name, thing):
    """The form of torch.save since 1.6."""
    data = io.BytesIO()
    pickler = Pickler(data)
    pickler.dump(thing)
    with zipfile.ZipFile(name + ".pt", "w", zipfile.ZIP_STORED) as archive:
        def add(entry, content):
            archive.writestr(zipfile.ZipInfo(f"{name}/{entry}"), content)
        add("data.pkl", data.getvalue())
        add("byteorder", b"little")
        for i, storage in enumerate(pickler.storages):
            add(f"data/{i}", storage.to_bytes())
        add("version", b"3\n")


def save_legacy(name, thing):
    """The form of torch.save before 1.6."""
    with open(name + ".pt", "wb") as file:
        for head in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}):
            pickle.dump(head, file, protocol=2)

        class Legacy(Pickler):
            def persistent_id(self, storage):
                found = super().persistent_id(storage)
                return found and (*found, None)

        pickler = Legacy(file)
        pickler.dump(thing)
        pickle.dump([str(i) for i in range(len(pickler.storages))], file, protocol=2)
        for storage in pickler.storages:
            file.write(struct.pack("<q", len(storage.values)) + storage.to_bytes())


class Graph:
    def __init__(self, layers, heads, parallel, width):
        self.cfg = {"n_layers": layers, "n_heads": heads, "parallel_attn_mlp": parallel, "d_model": width}
        self.sources = ["input"] + [n for l in range(layers) for n in [f"a{l}.h{h}" for h in range(heads)] + [f"m{l}"]]
        self.slots = [s for l in range(layers) for s in [f"a{l}.h{h}<{c}>" for c in "qkv" for h in range(heads)] + [f"m{l}"]] + ["logits"]
        # Which sources a slot reads: all of earlier layers, and for the MLP of a sequential model the heads of its own.
        reads = {"logits": len(self.sources)}
        for l in range(layers):
            for slot in self.slots[l * (3 * heads + 1):(l + 1) * (3 * heads + 1)]:
                reads[slot] = 1 + l * (heads + 1) + (heads if slot == f"m{l}" and not parallel else 0)
        self.is_real = [[r < reads[slot] for slot in self.slots] for r in range(len(self.sources))]

    def names(self, flags):
        return [f"{source}->{slot}" for r, source in enumerate(self.sources) for c, slot in enumerate(self.slots) if self.is_real[r][c] and flags[r][c]]


def circuit(graph, seed, density):
    """Flags of the real edges that are in, and of the sources that one of them begins or ends at."""
    draw = random.Random(seed)
    flags = [[real and draw.random() < density for real in row] for row in graph.is_real]
    touched = {n for name in graph.names(flags) for n in (name.split("->")[0], name.split("->")[1].split("<")[0])}
    return flags, [source in touched for source in graph.sources]


def scores(graph, seed):
    draw = random.Random(seed)
    return [[struct.unpack("<f", struct.pack("<f", draw.gauss(0, 1)))[0] if real else 0.0 for real in row] for row in graph.is_real]


def main():
    expected = {}
    for kind, shape in {"neox": (3, 2, True, 12), "sequential": (3, 2, False, 12)}.items():
        graph = Graph(*shape)
        old_cfg = {key: value for key, value in graph.cfg.items() if key != "d_model"}
        flags, nodes = circuit(graph, 5, 0.7)
        values = scores(graph, 6)
        whole = [[True] * shape[3] for _ in nodes]
        # As selecting by nodes leaves them: entries that are no edges are set with the row; and as ranking by edges does: with minus infinity.
        leftover_flags = [[flag or not real for flag, real in zip(*rows)] for rows in zip(flags, graph.is_real)]
        leftover_values = [[value if real else -math.inf for value, real in zip(*rows)] for rows in zip(values, graph.is_real)]

        def new(**changes):
            d = {"cfg": dict(graph.cfg), "src_nodes": list(graph.sources), "dst_nodes": list(graph.slots), "edges_scores": matrix("FloatStorage", values),
                 "edges_in_graph": matrix("BoolStorage", flags), "nodes_in_graph": vector("BoolStorage", nodes)}
            d.update(changes)
            return d

        save(f"{kind}-2025", new())
        save(f"{kind}-2025-leftovers", new(edges_scores=matrix("FloatStorage", leftover_values), edges_in_graph=matrix("BoolStorage", leftover_flags)))
        save(f"{kind}-2025-neurons", new(nodes_scores=vector("FloatStorage", [math.nan] * len(nodes)), neurons_in_graph=matrix("BoolStorage", whole),
                                         neurons_scores=matrix("FloatStorage", [[math.nan] * shape[3] for _ in nodes])))
        save(f"{kind}-2025-columns", new(edges_scores=matrix("DoubleStorage", values, transposed=True), edges_in_graph=matrix("LongStorage", [[int(f) for f in row] for row in flags], transposed=True)))
        save_legacy(f"{kind}-2025-legacy", new())
        without = new(edges_scores=matrix("FloatStorage", [[math.nan] * len(graph.slots) for _ in nodes]))
        save(f"{kind}-2025-nan", without)
        del without["edges_scores"]
        save(f"{kind}-2025-membership", without)
        old = {"cfg": old_cfg, "edges": matrix("FloatStorage", values), "edges_in_graph": matrix("BoolStorage", flags)}
        lists = {"src_nodes": dict(zip(graph.sources, nodes)), "dst_nodes": list(graph.slots)}
        save(f"{kind}-2024", {**old, **lists})
        shared = Storage("BoolStorage", nodes)
        save(f"{kind}-2024-scalars", {**old, **lists, "src_nodes": {name: Tensor(shared, i, (), ()) for i, name in enumerate(graph.sources)}})
        save(f"{kind}-2024-tensors", {**old, "nodes_in_graph": vector("BoolStorage", nodes + [True])})

        holes = [[n != nodes.index(True, 1) or i != 3 for i in range(shape[3])] for n in range(len(nodes))]
        save(f"{kind}-refused-neurons", new(neurons_in_graph=matrix("BoolStorage", holes)))
        swapped = [graph.sources[1], graph.sources[0], *graph.sources[2:]]
        save(f"{kind}-refused-order", new(src_nodes=swapped))
        save(f"{kind}-refused-shape", new(edges_in_graph=matrix("BoolStorage", [row + [False] for row in flags])))
        save(f"{kind}-refused-unknown", new(threshold=0.5))
        real_infinity = [[math.inf if graph.is_real[r][c] and (r, c) == (1, len(graph.slots) - 1) else v for c, v in enumerate(row)] for r, row in enumerate(values)]
        save(f"{kind}-refused-infinity", new(edges_scores=matrix("FloatStorage", real_infinity)))
        fractions = [[0.5 if flag else 0.0 for flag in row] for row in flags]
        save(f"{kind}-refused-fractions", new(edges_in_graph=matrix("FloatStorage", fractions)))

        expected[kind] = {
            "edges": graph.names(flags),
            "scores": {f"{source}->{slot}": values[r][c] for r, source in enumerate(graph.sources) for c, slot in enumerate(graph.slots) if graph.is_real[r][c]},
        }

    with open("expected.json", "w") as file:
        json.dump(expected, file)


main()
