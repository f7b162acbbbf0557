using System.IO.Compression;
using System.Runtime.InteropServices;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>How the elements of a matrix lie in their storage.</summary>
public enum StorageOrder
{
    Rows,
    Columns,

    /// <summary>By rows, as part of a wider matrix.</summary>
    WiderRows,
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

    /// <summary>The pickle and the storages of such a state dict.</summary>
    public static (byte[] Pickle, IReadOnlyList<byte[]> Storages) Make(
        IEnumerable<TensorSpec> specs,
        IReadOnlyDictionary<string, float[]> weights,
        ElementKind kind,
        StorageOrder order)
    {
        var pickle = new PickleWriter().OrderedDictionary().Raw((byte)'q', 0).Op('(');
        var storages = new List<byte[]>();
        foreach (var spec in specs)
        {
            var (storage, strides) = Store(weights[spec.Name], spec, kind, order);
            pickle.Text(spec.Name)
                .Tensor(StorageType(kind), Key(storages.Count), storage.Length / kind.Size(), 0, [.. spec.Shape.Select(extent => (long)extent)], strides);
            storages.Add(storage);
        }

        pickle.Text("gpt_neox.layers.0.attention.bias").Tensor("ByteStorage", Key(storages.Count), 16, 0, [1, 1, 4, 4], [16, 16, 4, 1]);
        storages.Add(new byte[16]);
        pickle.Op('u')
            .Op('}').Text("_metadata").OrderedDictionary().Text("").Op('}').Text("version").Number(1).Op('s').Op('s').Op('s').Op('b')
            .Op('.');
        return (pickle.ToArray(), storages);
    }

    /// <summary>A file with a pickle and storages named 0, 1, ….</summary>
    public static void Write(string path, byte[] pickle, IReadOnlyList<byte[]> storages, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Add("archive/data.pkl", pickle);
        for (var i = 0; i < storages.Count; i++)
        {
            Add("archive/data/" + Key(i), storages[i]);
        }

        Add("archive/byteorder", "little"u8.ToArray());
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
        ElementKind.F16 => MemoryMarshal.AsBytes<Half>(values.ToArray().Select(value => (Half)value).ToArray()).ToArray(),
        _ => MemoryMarshal.AsBytes<ushort>(values.ToArray().Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)).ToArray()).ToArray(),
    };

    private static (byte[] Bytes, long[] Strides) Store(float[] values, TensorSpec spec, ElementKind kind, StorageOrder order)
    {
        if (spec.Shape is not [var rows, var columns])
        {
            return (Bytes(values, kind), [1]);
        }

        var (rowStride, columnStride) = order switch
        {
            StorageOrder.Columns => (1, rows),
            StorageOrder.WiderRows => (columns + 3, 1),
            _ => (columns, 1),
        };
        var storage = new float[order == StorageOrder.WiderRows ? rows * rowStride : values.Length];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                storage[(r * rowStride) + (c * columnStride)] = values[(r * columns) + c];
            }
        }

        return (Bytes(storage, kind), [rowStride, columnStride]);
    }

    private static string StorageType(ElementKind kind) => kind switch
    {
        ElementKind.F32 => "FloatStorage",
        ElementKind.F16 => "HalfStorage",
        _ => "BFloat16Storage",
    };

    private static string Key(int storage) => storage.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
