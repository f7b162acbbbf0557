using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Compute;

namespace CircuitGrid.Experiments.Cells;

/// <summary>
/// Head scores as bytes, one way to write each: magic and version, layers and heads, every role's number and table, the direct effects, the notes,
/// and the SHA-256 of all that; little-endian.
/// </summary>
public static class HeadScoresCodec
{
    /// <summary>The version written; newer ones are refused.</summary>
    public const int FormatVersion = 1;

    private const int MaxHeads = 1 << 20;
    private const int MaxNotes = 1 << 10;

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
            Write(writer, table);
        }

        writer.Write(scores.DirectEffects is not null);
        if (scores.DirectEffects is { } effects)
        {
            Write(writer, effects);
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

        var length = bytes.Length - SHA256.HashSizeInBytes;
        if (!SHA256.HashData(bytes.AsSpan(0, length)).AsSpan().SequenceEqual(bytes.AsSpan(length)))
        {
            throw new InvalidInputException(source, "is damaged: its checksum is wrong");
        }

        using var reader = new BinaryReader(new MemoryStream(bytes, Magic.Length + sizeof(int), length - Magic.Length - sizeof(int)), Encoding.UTF8);
        try
        {
            var scores = Read(reader);
            return reader.BaseStream.Position == reader.BaseStream.Length && scores is not null ? scores : throw new InvalidInputException(source, "is damaged: its parts don't fit");
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            throw new InvalidInputException(source, "is damaged: it ends too early", e);
        }
    }

    /// <returns><see langword="null"/> where a number is out of range.</returns>
    private static HeadScores? Read(BinaryReader reader)
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

            roles.Add(role, ReadTable(reader, layers, heads));
        }

        var effects = reader.ReadByte() switch
        {
            0 => (Present: true, Table: null),
            1 => (Present: true, Table: ReadTable(reader, layers, heads)),
            _ => (Present: false, Table: null),
        };
        var notes = reader.ReadInt32();
        return !effects.Present || notes is < 0 or > MaxNotes
            ? null
            : new HeadScores
            {
                Roles = roles.ToImmutable(),
                DirectEffects = effects.Table,
                Notes = [.. Enumerable.Range(0, notes).Select(_ => reader.ReadString())],
            };
    }

    private static void Write(BinaryWriter writer, HeadTable table)
    {
        foreach (var value in table.Values)
        {
            writer.Write(value);
        }
    }

    private static HeadTable ReadTable(BinaryReader reader, int layers, int heads) =>
        HeadTable.Of(layers, heads, (_, _) => reader.ReadDouble());
}
