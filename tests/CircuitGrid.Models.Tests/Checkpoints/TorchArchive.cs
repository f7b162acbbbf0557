using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>How the elements of a matrix lie in their storage.</summary>
public enum StorageOrder
{
    Rows,
    Columns,

    /// <summary>By rows, as part of a wider matrix.</summary>
    WiderRows,

    /// <summary>By rows, with elements between theirs; vectors too.</summary>
    RowsApart,

    /// <summary>By columns, with elements between theirs; vectors too.</summary>
    ColumnsApart,

    /// <summary>Elements of the last LayerNorm's bias further apart than anything is read at once.</summary>
    FarApart,
}

/// <summary>Writes files of the form of <c>torch.save</c> with the platform's own ZIP writer.</summary>
internal static class TorchArchive
{
    /// <summary>A state dict of a model as Hugging Face saves it: its weights, a causal mask after them, and the versions of its modules.</summary>
    public static void Write(
        string path,
        IEnumerable<TensorSpec> specs,
        IReadOnlyDictionary<string, float[]> weights,
        ElementKind kind,
        StorageOrder order = StorageOrder.Rows)
    {
        var (pickle, storages) = Make(specs, weights, kind, order);
        Write(path, pickle, storages);
    }

    /// <summary>Dictionaries of a model's weights under the given keys (dots between keys of different levels), a number and a text beside them.</summary>
    public static void WriteNested(string path, IReadOnlyList<(string Key, ModelConfig Config, IReadOnlyDictionary<string, float[]> Weights)> models, ElementKind kind)
    {
        var storages = new List<byte[]>();
        var pickle = new PickleWriter().Op('}').Text("epoch").Number(3).Op('s').Text("name").Text("run").Op('s');
        foreach (var (key, config, weights) in models)
        {
            var keys = key.Split('.');
            foreach (var level in keys)
            {
                pickle.Text(level).Op('}');
            }

            AddWeights(pickle.Op('('), storages, TensorLayout.Of(config), weights, kind, StorageOrder.Rows).Op('u');
            pickle.Raw([.. keys.Select(_ => (byte)'s')]);
        }

        Write(path, pickle.Op('.').ToArray(), storages);
    }

    /// <summary>The pickle and the storages of such a state dict.</summary>
    public static (byte[] Pickle, IReadOnlyList<byte[]> Storages) Make(
        IEnumerable<TensorSpec> specs,
        IReadOnlyDictionary<string, float[]> weights,
        ElementKind kind,
        StorageOrder order)
    {
        var pickle = new PickleWriter().OrderedDictionary().Raw((byte)'q', 0).Op('(');
        var storages = new List<byte[]>();
        AddWeights(pickle, storages, specs, weights, kind, order);
        pickle.Text("gpt_neox.layers.0.attention.bias").Tensor("ByteStorage", Key(storages.Count), 16, 0, [1, 1, 4, 4], [16, 16, 4, 1]);
        storages.Add(new byte[16]);
        pickle.Op('u')
            .Op('}').Text("_metadata").OrderedDictionary().Text("").Op('}').Text("version").Number(1).Op('s').Op('s').Op('s').Op('b')
            .Op('.');
        return (pickle.ToArray(), storages);
    }

    /// <summary>A file with a pickle and storages named 0, 1, ….</summary>
    public static void Write(string path, byte[] pickle, IReadOnlyList<byte[]> storages, CompressionLevel level = CompressionLevel.NoCompression, string byteOrder = "little")
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Add("archive/data.pkl", pickle);
        for (var i = 0; i < storages.Count; i++)
        {
            Add("archive/data/" + Key(i), storages[i]);
        }

        Add("archive/byteorder", Encoding.UTF8.GetBytes(byteOrder));
        Add("archive/version", "3\n"u8.ToArray());

        void Add(string name, byte[] bytes)
        {
            using var stream = zip.CreateEntry(name, level).Open();
            stream.Write(bytes);
        }
    }

    /// <summary>A value that the kind stores exactly, as its bytes.</summary>
    public static byte[] Bytes(ReadOnlySpan<float> values, ElementKind kind) => kind switch
    {
        ElementKind.F32 => MemoryMarshal.AsBytes(values).ToArray(),
        ElementKind.F64 => MemoryMarshal.AsBytes<double>(values.ToArray().Select(value => (double)value).ToArray()).ToArray(),
        ElementKind.F16 => MemoryMarshal.AsBytes<Half>(values.ToArray().Select(value => (Half)value).ToArray()).ToArray(),
        _ => MemoryMarshal.AsBytes<ushort>(values.ToArray().Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)).ToArray()).ToArray(),
    };

    private static PickleWriter AddWeights(
        PickleWriter pickle,
        List<byte[]> storages,
        IEnumerable<TensorSpec> specs,
        IReadOnlyDictionary<string, float[]> weights,
        ElementKind kind,
        StorageOrder order)
    {
        foreach (var spec in specs)
        {
            var (storage, strides) = Store(weights[spec.Name], spec, kind, order);
            pickle.Text(spec.Name)
                .Tensor(StorageType(kind), Key(storages.Count), storage.Length / kind.Size(), 0, [.. spec.Shape.Select(extent => (long)extent)], strides);
            storages.Add(storage);
        }

        return pickle;
    }

    private static (byte[] Bytes, long[] Strides) Store(float[] values, TensorSpec spec, ElementKind kind, StorageOrder order)
    {
        var (rows, columns) = (spec.Shape[0], spec.Shape.Length == 2 ? spec.Shape[1] : 1);
        var (rowStride, columnStride) = order switch
        {
            StorageOrder.Columns when columns > 1 => (1, rows),
            StorageOrder.WiderRows when columns > 1 => (columns + 3, 1),
            StorageOrder.RowsApart => (2 * columns, 2),
            StorageOrder.ColumnsApart => (5, (5 * rows) + 1),
            StorageOrder.FarApart when spec.Name == "gpt_neox.final_layer_norm.bias" => (150_000, 1),
            _ => (columns, 1),
        };
        var storage = new float[((rows - 1) * rowStride) + ((columns - 1) * columnStride) + 1];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                storage[(r * rowStride) + (c * columnStride)] = values[(r * columns) + c];
            }
        }

        return (Bytes(storage, kind), spec.Shape.Length == 2 ? [rowStride, columnStride] : [rowStride]);
    }

    private static string StorageType(ElementKind kind) => kind switch
    {
        ElementKind.F32 => "FloatStorage",
        ElementKind.F16 => "HalfStorage",
        ElementKind.F64 => "DoubleStorage",
        _ => "BFloat16Storage",
    };

    private static string Key(int storage) => storage.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
