using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Compute;

namespace CircuitGrid.Experiments.Cells;

/// <summary>
/// A result as bytes, one way to write each: magic and version, the fields of <see cref="CellResult"/> with little-endian arrays, and the SHA-256
/// of all that. Every accepted text of bytes of the version written encodes to itself again.
/// </summary>
public static class CellResultCodec
{
    /// <summary>
    /// The latest version; older ones stay readable, newer ones are refused. A result of one ranking is written as version 2 and one of halves as version 3, as they
    /// always were; one of a metric without a zero as version 4, which says which metric and whether there are halves.
    /// </summary>
    public const int FormatVersion = 4;

    private const int OneRankingVersion = 2;

    private const int HalvesVersion = 3;

    private const int MaxLayers = 4096;

    private static ReadOnlySpan<byte> Magic => "CGRESULT"u8;

    /// <summary>Writes a result.</summary>
    public static byte[] Encode(CellResult result)
    {
        var writer = new Writer(EncodedLength(result));
        writer.Bytes(Magic);
        writer.Int(result.MetricWithoutZero is not null ? FormatVersion : result.Halves.IsEmpty ? OneRankingVersion : HalvesVersion);
        if (result.MetricWithoutZero is { } metric)
        {
            writer.Int((int)metric);
            writer.Int(result.Halves.IsEmpty ? 0 : 1);
        }

        writer.Int(result.Graph.Layers);
        writer.Int(result.Graph.Heads);
        writer.Int(result.Graph.Parallel ? 1 : 0);
        writer.Int(result.Graph.Width);
        writer.Int((int)result.Status);
        writer.Int(result.Metrics.Length);
        writer.Array(result.Metrics.AsSpan());
        writer.Array(result.AblatedMetrics.AsSpan());
        writer.Double(result.Found.Model);
        writer.Double(result.Found.Ablated);
        writer.Double(result.Judged.Model);
        writer.Double(result.Judged.Ablated);
        writer.Int(result.BlockCounts.Length);
        writer.Array(result.BlockCounts.AsSpan());
        writer.Array(result.BlockScores.AsSpan());
        writer.Array(result.Scores.AsSpan());
        writer.Int(result.Sizes.Length);
        foreach (var size in result.Sizes)
        {
            writer.Int(size.Budget);
            writer.Int(size.Edges);
            writer.Int(size.Nodes);
            writer.Double(size.FoundMetric);
            writer.Double(size.JudgedMetric);
        }

        writer.Array(result.SizeMetrics.AsSpan());
        writer.Array(result.Halves.AsSpan());
        writer.Array(result.HalfMetrics.AsSpan());
        writer.Int(result.Budget);
        writer.Array(result.Edges.Words);
        writer.Array(result.Nodes.Words);
        return writer.Finish();
    }

    /// <summary>Reads a result.</summary>
    /// <param name="bytes">What <see cref="Encode"/> wrote.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="InvalidInputException">The bytes are damaged, or of a newer version.</exception>
    public static CellResult Decode(ReadOnlySpan<byte> bytes, string source)
    {
        if (bytes.Length < Magic.Length + sizeof(int) + SHA256.HashSizeInBytes || !bytes.StartsWith(Magic))
        {
            throw new InvalidInputException(source, "isn't a cell's result");
        }

        if (IsOfNewerVersion(bytes))
        {
            throw new InvalidInputException(source, "was written by a newer version of the program; use that one");
        }

        var payload = bytes[..^SHA256.HashSizeInBytes];
        if (!SHA256.HashData(payload).AsSpan().SequenceEqual(bytes[^SHA256.HashSizeInBytes..]))
        {
            throw new InvalidInputException(source, "is damaged: its checksum is wrong");
        }

        var reader = new Reader(payload[(Magic.Length + sizeof(int))..], source);
        var result = Read(ref reader, VersionOf(bytes));
        reader.Finish();
        return result;
    }

    /// <summary>Whether these are the bytes of a result that a later version of this class wrote.</summary>
    public static bool IsOfNewerVersion(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= Magic.Length + sizeof(int) && bytes.StartsWith(Magic) && VersionOf(bytes) > FormatVersion;

    private static int VersionOf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt32LittleEndian(bytes[Magic.Length..]);

    private static CellResult Read(ref Reader reader, int version)
    {
        MetricKind? metric = version < FormatVersion ? null : (MetricKind)reader.Int(0, (int)MetricKind.Divergence);
        reader.Check(metric is null || !metric.Value.HasZero(), "its metric isn't one of those without a zero");
        var hasHalves = version < FormatVersion ? version == HalvesVersion : reader.Int(0, 1) == 1;
        var graph = ReadGraph(ref reader);
        var edges = checked((int)GraphSize.Edges(graph));
        var nodes = checked((int)GraphSize.Nodes(graph));
        var status = (CellStatus)reader.Int(0, (int)CellStatus.NoTask);
        var examples = reader.Int(1, int.MaxValue);
        var metrics = reader.Array<double>(examples);
        var ablated = reader.Array<double>(examples);
        var found = new Baseline(reader.Double(), reader.Double());
        var judged = new Baseline(reader.Double(), reader.Double());
        var blocks = reader.Array<int>(reader.Int(1, examples));
        reader.Check(blocks.All(b => b > 0) && blocks.Sum(b => (long)b) == examples, "its blocks don't add up to its examples");
        var blockScores = reader.Array<float>((long)blocks.Length * edges);
        var scores = reader.Array<float>(edges);
        var sizes = ReadSizes(ref reader, edges, nodes);
        var sizeMetrics = version == 1 ? [] : reader.Array<double>((long)sizes.Length * blocks.Length);
        var halves = !hasHalves ? [] : reader.Array<int>(blocks.Length);
        reader.Check(!hasHalves || (status != CellStatus.NoTask && halves.Contains(0) && halves.Contains(1) && halves.All(h => h is >= -1 and <= 1)), "its halves aren't two");
        var halfMetrics = !hasHalves ? [] : reader.Array<double>((long)sizes.Length * blocks.Length);
        var budget = reader.Int(0, edges);
        var edgeMask = reader.Mask(edges);
        var nodeMask = reader.Mask(nodes);
        var chosen = sizes.FirstOrDefault(s => s.Budget == budget);
        reader.Check(
            status == CellStatus.NoTask
                ? sizes.IsEmpty && budget == 0 && edgeMask.Count == 0 && nodeMask.Count == 0
                : chosen is not null && chosen.Edges == edgeMask.Count && chosen.Nodes == nodeMask.Count,
            "its circuit isn't of the size it says");
        return new CellResult
        {
            Graph = graph,
            Status = status,
            MetricWithoutZero = metric,
            Metrics = metrics,
            AblatedMetrics = ablated,
            Found = found,
            Judged = judged,
            BlockCounts = blocks,
            BlockScores = blockScores,
            Scores = scores,
            Sizes = sizes,
            SizeMetrics = sizeMetrics,
            Halves = halves,
            HalfMetrics = halfMetrics,
            Budget = budget,
            Edges = edgeMask,
            Nodes = nodeMask,
        };
    }

    private static GraphShape ReadGraph(ref Reader reader)
    {
        var layers = reader.Int(1, MaxLayers);
        var heads = reader.Int(1, MaxLayers);
        var parallel = reader.Int(0, 1) == 1;
        var graph = new GraphShape(layers, heads, parallel, reader.Int(1, int.MaxValue));
        reader.Check(GraphSize.Edges(graph) <= Array.MaxLength, "its graph is too large");
        return graph;
    }

    private static ImmutableArray<SizePoint> ReadSizes(ref Reader reader, int edges, int nodes)
    {
        var count = reader.Int(0, edges);
        var sizes = ImmutableArray.CreateBuilder<SizePoint>();
        for (var i = 0; i < count; i++)
        {
            var size = new SizePoint(reader.Int(1, edges), reader.Int(0, edges), reader.Int(0, nodes), reader.Double(), reader.Double());
            reader.Check(i == 0 || size.Budget > sizes[i - 1].Budget, "its sizes aren't in order");
            sizes.Add(size);
        }

        return sizes.ToImmutable();
    }

    private static long EncodedLength(CellResult result) =>
        Magic.Length + SHA256.HashSizeInBytes + (result.MetricWithoutZero is null ? 0 : 2 * sizeof(int))
        + (sizeof(int) * (10L + result.BlockCounts.Length + result.Halves.Length))
        + (sizeof(double) * (4L + result.Metrics.Length + result.AblatedMetrics.Length + result.SizeMetrics.Length + result.HalfMetrics.Length))
        + (sizeof(float) * ((long)result.BlockScores.Length + result.Scores.Length))
        + (((3L * sizeof(int)) + (2 * sizeof(double))) * result.Sizes.Length)
        + (sizeof(ulong) * ((long)result.Edges.Words.Length + result.Nodes.Words.Length));

    private ref struct Writer(long length)
    {
        private readonly byte[] bytes = new byte[length];
        private int at;

        public void Bytes(ReadOnlySpan<byte> values)
        {
            values.CopyTo(bytes.AsSpan(at));
            at += values.Length;
        }

        public void Int(int value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
            at += sizeof(int);
        }

        public void Double(double value)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(at), value);
            at += sizeof(double);
        }

        public void Array<T>(ReadOnlySpan<T> values)
            where T : unmanaged
        {
            var start = at;
            Bytes(MemoryMarshal.AsBytes(values));
            LittleEndian.Swap<T>(bytes.AsSpan(start, at - start));
        }

        public byte[] Finish()
        {
            SHA256.HashData(bytes.AsSpan(0, at), bytes.AsSpan(at));
            return bytes;
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes, string source)
    {
        private ReadOnlySpan<byte> rest = bytes;

        public void Check(bool holds, string reason)
        {
            if (!holds)
            {
                throw new InvalidInputException(source, "is damaged: " + reason);
            }
        }

        public int Int(int minimum, int maximum)
        {
            var value = BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));
            Check(value >= minimum && value <= maximum, "a number is out of range");
            return value;
        }

        public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

        /// <summary>An array of a length that was checked against what is left before anything was allocated.</summary>
        public unsafe ImmutableArray<T> Array<T>(long length)
            where T : unmanaged
        {
            var source = Take(length * sizeof(T));
            var values = GC.AllocateUninitializedArray<T>((int)length);
            var target = MemoryMarshal.AsBytes(values.AsSpan());
            source.CopyTo(target);
            LittleEndian.Swap<T>(target);
            return ImmutableCollectionsMarshal.AsImmutableArray(values);
        }

        public BitMask Mask(int length)
        {
            var words = Array<ulong>(BitMask.WordCount(length));
            Check((length & 63) == 0 || words[^1] >> (length & 63) == 0, "a mask has bits past its end");
            return BitMask.FromWords(length, words.AsSpan());
        }

        public readonly void Finish()
        {
            if (!rest.IsEmpty)
            {
                throw new InvalidInputException(source, "is damaged: bytes are left over");
            }
        }

        private ReadOnlySpan<byte> Take(long count)
        {
            Check(count <= rest.Length, "it ends too early");
            var taken = rest[..(int)count];
            rest = rest[(int)count..];
            return taken;
        }
    }

    private static class LittleEndian
    {
        /// <summary>Turns every element's bytes round on machines that aren't little-endian.</summary>
        public static unsafe void Swap<T>(Span<byte> bytes)
            where T : unmanaged
        {
            for (var i = 0; !BitConverter.IsLittleEndian && i < bytes.Length; i += sizeof(T))
            {
                bytes.Slice(i, sizeof(T)).Reverse();
            }
        }
    }
}
