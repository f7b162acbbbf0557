using System.Collections.Frozen;
using System.Collections.Immutable;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

internal sealed partial class Unpickler
{
    private const int MaxAxes = 16;

    private const string OrderedDictionary = "collections.OrderedDict";
    private const string DefaultDictionary = "collections.defaultdict";
    private const string Size = "torch.Size";
    private const string RebuildTensor1 = "torch._utils._rebuild_tensor";
    private const string RebuildTensor2 = "torch._utils._rebuild_tensor_v2";
    private const string RebuildTensor3 = "torch._utils._rebuild_tensor_v3";
    private const string RebuildParameter = "torch._utils._rebuild_parameter";
    private const string RebuildParameterWithState = "torch._utils._rebuild_parameter_with_state";
    private const string RebuildFromType = "torch._tensor._rebuild_from_type_v2";
    private const string Tensor = "torch.Tensor";
    private const string Parameter = "torch.nn.parameter.Parameter";
    private const string Buffer = "torch.nn.parameter.Buffer";

    private static readonly FrozenSet<string> s_functions = FrozenSet.ToFrozenSet(
        [
            OrderedDictionary, DefaultDictionary, Size, RebuildTensor1, RebuildTensor2, RebuildTensor3,
            RebuildParameter, RebuildParameterWithState, RebuildFromType, Tensor, Parameter, Buffer,
        ],
        StringComparer.Ordinal);

    // What files have beside tensors: settings, counters and states of random generators. Whatever is made of these is a PickleObject.
    private static readonly FrozenSet<string> s_others = FrozenSet.ToFrozenSet(
        [
            "builtins.bool", "builtins.bytearray", "builtins.bytes", "builtins.complex", "builtins.dict", "builtins.float", "builtins.frozenset",
            "builtins.int", "builtins.list", "builtins.set", "builtins.slice", "builtins.str", "builtins.tuple",
            "_codecs.encode", "argparse.Namespace", "collections.Counter", "pathlib.PosixPath", "pathlib.WindowsPath", "torch.device",
            "numpy.dtype", "numpy.ndarray", "numpy.core.multiarray._reconstruct", "numpy.core.multiarray.scalar",
            "numpy._core.multiarray._reconstruct", "numpy._core.multiarray.scalar",
        ],
        StringComparer.Ordinal);

    private PickleGlobal FindGlobal(object? module, object? name)
    {
        // Before protocol 3 a module has the name that Python 2 gave it.
        var full = (module, name) is (string m, string n)
            ? $"{(m == "__builtin__" ? "builtins" : m)}.{n}"
            : throw Error("refers to something by what isn't a name");
        return s_functions.Contains(full) || s_others.Contains(full) || TorchType.FindStorage(full) is not null || TorchType.Find(full) is not null
            ? new PickleGlobal(full)
            : throw Error($"refers to {Text.OneLine(full)}, which isn't allowed: only dictionaries of tensors and plain values beside them are read. If you trust the file, load it with torch and save its weights as safetensors");
    }

    private PickleStorage MakeStorage(object? id)
    {
        if (id is not object?[] { Length: 5 or 6 } parts
            || parts is not ["storage", PickleGlobal type, string key, string, long and >= 0 and var length, ..]
            || TorchType.FindStorage(type.Name) is not { } known)
        {
            throw Error(id is object?[] and ["module", ..]
                ? "refers to a module: the file holds a whole program object, not its weights. Load it with torch and save its state_dict()"
                : "refers to something outside it that isn't a storage");
        }

        var storage = new PickleStorage(known, key, length);
        switch (parts.ElementAtOrDefault(5))
        {
            case null:
                break;
            case object?[] and [string, long and >= 0 and var start, long and >= 0 and var count] when start <= length && count <= length - start:
                storage = storage with { View = (start, count) };
                break;
            default:
                throw Error("has a view of a storage that isn't inside it");
        }

        _storages.Add(storage);
        return storage;
    }

    private object? Call(object? function, object? arguments) => (function, arguments) switch
    {
        (PickleGlobal { Name: OrderedDictionary }, object?[] { Length: 0 }) => new PickleDictionary(),
        (PickleGlobal { Name: OrderedDictionary }, object?[] and [List<object?> pairs]) => MakeDictionary(pairs),
        (PickleGlobal { Name: DefaultDictionary }, object?[] and ([] or [null or PickleGlobal])) => new PickleDictionary(),
        (PickleGlobal { Name: Size }, object?[] and [object?[] extents]) => extents,
        (PickleGlobal { Name: RebuildTensor1 or RebuildTensor2 or RebuildTensor3 } rebuild, object?[] values) when MakeTensor(rebuild, values) is { } tensor => tensor,
        (PickleGlobal { Name: RebuildParameter }, object?[] { Length: 3 } and [PickleTensor tensor, ..]) => tensor,
        (PickleGlobal { Name: RebuildParameterWithState }, object?[] { Length: 4 } and [PickleTensor tensor, ..]) => tensor,
        (PickleGlobal { Name: Parameter }, object?[] { Length: 1 or 2 } and [PickleTensor tensor, ..]) => tensor,
        (PickleGlobal { Name: RebuildFromType }, object?[] { Length: 4 } and [PickleGlobal rebuild, PickleGlobal { Name: Tensor or Parameter or Buffer }, object?[] values, _])
            when MakeTensor(rebuild, values) is { } tensor => tensor,
        (PickleGlobal global, object?[]) when s_others.Contains(global.Name) => PickleObject.Instance,
        (PickleGlobal global, _) => throw Error($"calls {global.Name} with arguments that don't fit it"),
        _ => throw Error("calls something that isn't a function"),
    };

    /// <summary>An OrderedDict as Python 2 pickles it, out of a list of pairs.</summary>
    private PickleDictionary MakeDictionary(List<object?> pairs)
    {
        // One list may be asked for again and again in a few bytes each.
        Count(pairs.Count);
        var dictionary = new PickleDictionary();
        foreach (var pair in pairs)
        {
            switch (pair)
            {
                case List<object?> and [var key, var value]:
                    dictionary.Set(key, value);
                    break;
                case object?[] and [var key, var value]:
                    dictionary.Set(key, value);
                    break;
                default:
                    throw Error("makes a dictionary of what aren't pairs");
            }
        }

        return dictionary;
    }

    /// <summary>The tensor that one of torch's functions makes of these arguments, or <see langword="null"/> if they don't fit it.</summary>
    private PickleTensor? MakeTensor(PickleGlobal function, object?[] arguments)
    {
        if (arguments is not [PickleStorage storage, long offset, object?[] shape, object?[] strides, ..])
        {
            return null;
        }

        var type = (function.Name, arguments.Length) switch
        {
            (RebuildTensor1, 4) => storage.Type,
            (RebuildTensor2, 6) => storage.Type,
            (RebuildTensor2, 7) => Resolved(storage.Type, arguments[6]),
            (RebuildTensor3, 7) when arguments[6] is PickleGlobal element => TorchType.Find(element.Name),
            (RebuildTensor3, 8) when arguments[6] is PickleGlobal element && TorchType.Find(element.Name) is { } found => Resolved(found, arguments[7]),
            _ => null,
        };
        if (type is null)
        {
            return null;
        }

        if (shape.Length > MaxAxes || shape.Length != strides.Length)
        {
            throw Error($"has a tensor with {shape.Length} extents and {strides.Length} strides");
        }

        return new PickleTensor(storage, type, offset >= 0 ? offset : throw Error($"has a tensor that starts at {offset}"), Lengths(shape), Lengths(strides));

        ImmutableArray<long> Lengths(object?[] values) =>
            [.. values.Select(value => value is long and >= 0 ? (long)value : throw Error("has a tensor with an extent or stride that isn't a number of elements"))];
    }

    /// <summary>A tensor may be marked as one whose elements are still to be negated or conjugated, which makes it one of another type.</summary>
    private static TorchType Resolved(TorchType type, object? metadata) => metadata switch
    {
        null => type,
        PickleDictionary { Entries: var marks } when marks.Values.All(mark => mark is false) => type,
        _ => type with { Name = type.Name + " with elements yet to be negated or conjugated", Kind = null },
    };

    /// <summary>
    /// Attributes say nothing about elements: of a dictionary they are the versions of the modules it came from, of a parameter, as torch before 0.4
    /// saved it, whether it has a gradient.
    /// </summary>
    private void CheckState(object? target, object? state)
    {
        if ((target, state) is not ((PickleDictionary or PickleObject, _) or (PickleTensor, object?[] { Length: 3 })))
        {
            throw Error("puts attributes onto what isn't a dictionary, a parameter or a plain value");
        }
    }
}
