using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Compute;

namespace CircuitGrid.Experiments.Cells;

/// <summary>
/// Head scores as bytes, one way to write each: magic and version, layers and heads, every role's number, table and samples, the heads and
/// effects of the IOI algorithm over all heads and in the circuit, the notes, and the SHA-256 of all that; little-endian. Version 1 had neither
/// samples nor a circuit, version 2 no samples of effects.
/// </summary>
public static class HeadScoresCodec
{
    /// <summary>The version written; newer ones are refused.</summary>
    public const int FormatVersion = 3;

    private const int MaxHeads = 1 << 20;
    private const int MaxNotes = 1 << 10;
    private const int MaxUnits = 1 << 16;

    private static ReadOnlySpan<byte> Magic => "CGHEADS\n"u8;

    /// <summary>Whether bytes are those of head scores, of whatever version and state.</summary>
    public static bool IsHeadScores(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    /// <summary>Whether these are the bytes of head scores that a later version of this class wrote.</summary>
    public static bool IsOfNewerVersion(ReadOnlySpan<byte> bytes) =>
        IsHeadScores(bytes) && bytes.Length >= Magic.Length + sizeof(int) && BinaryPrimitives.ReadInt32LittleEndian(bytes[Magic.Length..]) > FormatVersion;

    /// <summary>Writes head scores.</summary>
    public static byte[] Encode(HeadScores scores)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        var any = scores.Roles.Values.First();
        writer.Write(Magic);
        writer.Write(FormatVersion);
        writer.Write(any.Layers);
        writer.Write(any.Heads);
        writer.Write(scores.Roles.Count);
        foreach (var (role, table) in scores.Roles)
        {
            writer.Write((int)role);
            WriteTable(writer, table);
        }

        writer.Write(scores.Ioi is not null);
        if (scores.Ioi is { } ioi)
        {
            WriteIoi(writer, ioi);
        }

        writer.Write(scores.Notes.Length);
        foreach (var note in scores.Notes)
        {
            writer.Write(note);
        }

        writer.Flush();
        writer.Write(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads head scores.</summary>
    /// <param name="bytes">What <see cref="Encode"/> wrote.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="InvalidInputException">The bytes are damaged, or of a newer version.</exception>
    public static HeadScores Decode(byte[] bytes, string source)
    {
        if (bytes.Length < Magic.Length + sizeof(int) + SHA256.HashSizeInBytes || !IsHeadScores(bytes))
        {
            throw new InvalidInputException(source, "isn't a cell's head scores");
        }

        if (IsOfNewerVersion(bytes))
        {
            throw new InvalidInputException(source, "was written by a newer version of the program; use that one");
        }

        var (length, version) = (bytes.Length - SHA256.HashSizeInBytes, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(Magic.Length)));
        if (!SHA256.HashData(bytes.AsSpan(0, length)).AsSpan().SequenceEqual(bytes.AsSpan(length)))
        {
            throw new InvalidInputException(source, "is damaged: its checksum is wrong");
        }

        using var reader = new BinaryReader(new MemoryStream(bytes, Magic.Length + sizeof(int), length - Magic.Length - sizeof(int)), Encoding.UTF8);
        try
        {
            var scores = version < 1 ? null : Read(reader, version);
            return reader.BaseStream.Position == reader.BaseStream.Length && scores is not null ? scores : throw new InvalidInputException(source, "is damaged: its parts don't fit");
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            throw new InvalidInputException(source, "is damaged: it ends too early, or its parts don't fit", e);
        }
    }

    /// <returns><see langword="null"/> where a number is out of range.</returns>
    private static HeadScores? Read(BinaryReader reader, int version)
    {
        var (layers, heads, count) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        if (layers < 1 || heads < 1 || (long)layers * heads > MaxHeads || count < 1 || count > Enum.GetValues<HeadRole>().Length)
        {
            return null;
        }

        var roles = ImmutableSortedDictionary.CreateBuilder<HeadRole, HeadTable>();
        for (var i = 0; i < count; i++)
        {
            var role = (HeadRole)reader.ReadInt32();
            if (!Enum.IsDefined(role) || (roles.Count > 0 && role <= roles.Keys.Last()))
            {
                return null;
            }

            roles.Add(role, ReadTable(reader, layers, heads, hasSamples: version > 1));
        }

        var ioi = ReadFlag(reader) ? ReadIoi(reader, layers, heads, version) : null;
        var notes = reader.ReadInt32();
        return notes is < 0 or > MaxNotes
            ? null
            : new HeadScores
            {
                Roles = roles.ToImmutable(),
                Ioi = ioi,
                Notes = [.. Enumerable.Range(0, notes).Select(_ => reader.ReadString())],
            };
    }

    /// <summary>A table and what its values are ratios of, where that is known.</summary>
    private static void WriteTable(BinaryWriter writer, HeadTable table)
    {
        Write(writer, table.Values);
        writer.Write(table.Samples is not null);
        if (table.Samples is { } samples)
        {
            writer.Write(samples.Units);
            writer.Write(samples.Denominators.Length == samples.Numerators.Length);
            Write(writer, samples.Numerators);
            Write(writer, samples.Denominators);
        }
    }

    /// <param name="hasSamples">Whether this version has a place for samples.</param>
    private static HeadTable ReadTable(BinaryReader reader, int layers, int heads, bool hasSamples)
    {
        var table = new HeadTable(heads, ReadValues(reader, (long)layers * heads));
        return hasSamples && ReadFlag(reader) ? new(heads, table.Values) { Samples = ReadSamples(reader, layers * heads) } : table;
    }

    /// <exception cref="FormatException">The number of units is out of range.</exception>
    private static HeadSamples ReadSamples(BinaryReader reader, int heads)
    {
        var units = reader.ReadInt32();
        if (units is < 1 or > MaxUnits)
        {
            throw new FormatException();
        }

        var byHead = ReadFlag(reader);
        return new(units, ReadValues(reader, (long)heads * units), ReadValues(reader, byHead ? (long)heads * units : units));
    }

    /// <summary>Heads and effects; shares follow from them.</summary>
    private static void WriteIoi(BinaryWriter writer, IoiAlgorithmResult ioi)
    {
        var heads = ioi.DirectEffects.Heads;
        Write(
            writer, heads, [ioi.NameMovers, ioi.NegativeNameMovers, ioi.CopySuppression, ioi.NegativeCopySuppression, ioi.AllHeads.SInhibition, ioi.AllHeads.Induction, ioi.AllHeads.DuplicateToken]);
        WriteTable(writer, ioi.DirectEffects);
        WriteOptional(writer, ioi.QueryEffects);
        WriteOptional(writer, ioi.AllHeads.ValueEffects);
        writer.Write(ioi.InCircuit is not null);
        if (ioi.InCircuit is { } circuit)
        {
            Write(writer, heads, [circuit.Heads, circuit.SInhibition, circuit.Induction, circuit.DuplicateToken]);
            WriteOptional(writer, circuit.ValueEffects);
        }
    }

    private static IoiAlgorithmResult ReadIoi(BinaryReader reader, int layers, int heads, int version)
    {
        var groups = Enumerable.Range(0, 7).Select(_ => ReadGroup(reader, layers, heads)).ToArray();
        var direct = ReadTable(reader, layers, heads, hasSamples: version > 2);
        var queries = ReadOptional(reader, layers, heads, version);
        var values = ReadOptional(reader, layers, heads, version);
        var result = new IoiAlgorithmResult(groups[0], groups[1], groups[2], groups[3], direct, queries, InCircuit: null, AllHeads: null!);
        return result with
        {
            AllHeads = IoiAlgorithmShares.Of(result, groups[4], groups[5], groups[6], values, _ => true),
            InCircuit = version > 1 && ReadFlag(reader) ? ReadInCircuit(reader, result, layers, heads, version) : null,
        };
    }

    private static IoiAlgorithmShares ReadInCircuit(BinaryReader reader, IoiAlgorithmResult result, int layers, int heads, int version)
    {
        var groups = Enumerable.Range(0, 4).Select(_ => ReadGroup(reader, layers, heads)).ToArray();
        var counting = groups[0].ToHashSet();
        return IoiAlgorithmShares.Of(result, groups[1], groups[2], groups[3], ReadOptional(reader, layers, heads, version), counting.Contains);
    }

    private static void Write(BinaryWriter writer, int heads, ImmutableArray<HeadIndex>[] groups)
    {
        foreach (var group in groups)
        {
            writer.Write(group.Length);
            foreach (var head in group)
            {
                writer.Write((head.Layer * heads) + head.Head);
            }
        }
    }

    /// <exception cref="FormatException">A head isn't one of the model's, or they aren't in order.</exception>
    private static ImmutableArray<HeadIndex> ReadGroup(BinaryReader reader, int layers, int heads)
    {
        var group = ImmutableArray.CreateBuilder<HeadIndex>();
        var count = reader.ReadInt32();
        for (var (i, last) = (0, -1); i < count; i++)
        {
            var head = reader.ReadInt32();
            if (head <= last || head >= layers * heads)
            {
                throw new FormatException();
            }

            group.Add(new(head / heads, head % heads));
            last = head;
        }

        return count >= 0 ? group.ToImmutable() : throw new FormatException();
    }

    /// <exception cref="FormatException">The byte is neither 0 nor 1.</exception>
    private static bool ReadFlag(BinaryReader reader) => reader.ReadByte() switch
    {
        0 => false,
        1 => true,
        _ => throw new FormatException(),
    };

    private static void WriteOptional(BinaryWriter writer, HeadTable? table)
    {
        writer.Write(table is not null);
        if (table is not null)
        {
            WriteTable(writer, table);
        }
    }

    private static HeadTable? ReadOptional(BinaryReader reader, int layers, int heads, int version) =>
        ReadFlag(reader) ? ReadTable(reader, layers, heads, hasSamples: version > 2) : null;

    private static void Write(BinaryWriter writer, ImmutableArray<double> values)
    {
        foreach (var value in values)
        {
            writer.Write(value);
        }
    }

    /// <exception cref="EndOfStreamException">There are fewer: nothing is allocated for values that can't be there.</exception>
    private static ImmutableArray<double> ReadValues(BinaryReader reader, long count)
    {
        if (count > (reader.BaseStream.Length - reader.BaseStream.Position) / sizeof(double))
        {
            throw new EndOfStreamException();
        }

        var values = ImmutableArray.CreateBuilder<double>((int)count);
        for (var i = 0; i < count; i++)
        {
            values.Add(reader.ReadDouble());
        }

        return values.MoveToImmutable();
    }
}
