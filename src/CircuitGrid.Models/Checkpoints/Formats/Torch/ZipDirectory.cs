using System.Buffers.Binary;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>An entry of a ZIP file.</summary>
/// <param name="Name">Its path inside the file.</param>
/// <param name="Method">How it is compressed; 0 means not at all.</param>
/// <param name="Offset">Byte of the file at which its data start.</param>
/// <param name="Length">Bytes of the data as they lie in the file.</param>
/// <param name="Checksum">CRC-32 of the uncompressed data.</param>
internal sealed record ZipEntry(string Name, int Method, long Offset, long Length, uint Checksum);

/// <summary>
/// The directory of a ZIP file (PKWARE's APPNOTE.TXT 4.3, ZIP64 included). The platform's own reader hides where an entry's data lie,
/// and tensors are to be read in place. Nothing is ever decompressed, so no entry is larger than it looks.
/// </summary>
internal static class ZipDirectory
{
    private const int EndBytes = 22;
    private const int MaxCommentBytes = ushort.MaxValue;
    private const int LocatorBytes = 20;
    private const int End64Bytes = 56;
    private const int EntryBytes = 46;
    private const int LocalBytes = 30;
    private const int MaxDirectoryBytes = 1 << 24;

    private const uint EndSignature = 0x06054B50;
    private const uint LocatorSignature = 0x07064B50;
    private const uint End64Signature = 0x06064B50;
    private const uint EntrySignature = 0x02014B50;
    private const uint LocalSignature = 0x04034B50;

    private const int EncryptedFlag = 1;

    /// <summary>All entries, by name.</summary>
    /// <exception cref="InvalidInputException">The directory is missing or damaged, or entries lie outside the file or in each other.</exception>
    public static IReadOnlyDictionary<string, ZipEntry> Read(SourceFile file)
    {
        var (directoryOffset, directoryLength) = FindDirectory(file);
        var directory = new byte[directoryLength];
        file.ReadExactly(directoryOffset, directory);
        var entries = new Dictionary<string, ZipEntry>(StringComparer.Ordinal);
        var extents = new List<(long Start, long End, string Name)>();
        for (var rest = directory.AsSpan(); !rest.IsEmpty;)
        {
            var (entry, localOffset, size) = ReadEntry(file, rest, directoryOffset);
            rest = rest[size..];
            if (!entries.TryAdd(entry.Name, entry))
            {
                throw Damaged(file, $"has two entries {Text.OneLine(entry.Name)}");
            }

            extents.Add((localOffset, entry.Offset + entry.Length, entry.Name));
        }

        extents.Sort();
        for (var i = 1; i < extents.Count; i++)
        {
            if (extents[i].Start < extents[i - 1].End)
            {
                throw Damaged(file, $"has entries that lie in each other, {Text.OneLine(extents[i - 1].Name)} and {Text.OneLine(extents[i].Name)}");
            }
        }

        return entries;
    }

    private static (long Offset, int Length) FindDirectory(SourceFile file)
    {
        var tail = new byte[Math.Min(file.Length, EndBytes + MaxCommentBytes)];
        var tailOffset = file.Length - tail.Length;
        file.ReadExactly(tailOffset, tail);
        for (var at = tail.Length - EndBytes; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (UInt32(end) != EndSignature || UInt16(end[20..]) != end.Length - EndBytes)
            {
                continue;
            }

            long length = UInt32(end[12..]);
            long offset = UInt32(end[16..]);
            var endOffset = tailOffset + at;
            if (at >= LocatorBytes && UInt32(tail.AsSpan(at - LocatorBytes)) == LocatorSignature)
            {
                endOffset = Int64(file, tail.AsSpan(at - LocatorBytes + 8));
                var end64 = Bytes(file, endOffset, End64Bytes);
                if (UInt32(end64) != End64Signature)
                {
                    throw Damaged(file, $"has no directory end at byte {endOffset}");
                }

                length = Int64(file, end64.AsSpan(40));
                offset = Int64(file, end64.AsSpan(48));
            }

            if (length > MaxDirectoryBytes || offset > endOffset - length)
            {
                throw Damaged(file, $"says its directory has {length} bytes from {offset} on, which can't be");
            }

            return (offset, (int)length);
        }

        throw Damaged(file, "has no directory at its end; the file is cut short");
    }

    private static (ZipEntry Entry, long LocalOffset, int Size) ReadEntry(SourceFile file, ReadOnlySpan<byte> directory, long directoryOffset)
    {
        if (directory.Length < EntryBytes || UInt32(directory) != EntrySignature)
        {
            throw Damaged(file, "has a directory entry that isn't one");
        }

        var (nameLength, extraLength, commentLength) = (UInt16(directory[28..]), UInt16(directory[30..]), UInt16(directory[32..]));
        var size = EntryBytes + nameLength + extraLength + commentLength;
        if (size > directory.Length)
        {
            throw Damaged(file, "has a directory entry that is longer than the directory");
        }

        var nameBytes = directory.Slice(EntryBytes, nameLength);
        var name = Encoding.UTF8.GetString(nameBytes);
        long uncompressed = UInt32(directory[24..]);
        long length = UInt32(directory[20..]);
        long localOffset = UInt32(directory[42..]);
        ReadZip64(file, directory.Slice(EntryBytes + nameLength, extraLength), ref uncompressed, ref length, ref localOffset);
        var method = UInt16(directory[10..]);
        if ((UInt16(directory[8..]) & EncryptedFlag) != 0)
        {
            throw Damaged(file, $"its entry {Text.OneLine(name)} is encrypted");
        }

        var local = Bytes(file, localOffset, LocalBytes + nameLength);
        if (UInt32(local) != LocalSignature || UInt16(local.AsSpan(8)) != method || UInt16(local.AsSpan(26)) != nameLength || !nameBytes.SequenceEqual(local.AsSpan(LocalBytes)))
        {
            throw Damaged(file, $"its entry {Text.OneLine(name)} isn't where the directory says");
        }

        var dataOffset = localOffset + LocalBytes + nameLength + UInt16(local.AsSpan(28));
        if (dataOffset > directoryOffset || length > directoryOffset - dataOffset || (method == 0 && length != uncompressed))
        {
            throw Damaged(file, $"its entry {Text.OneLine(name)} of {length} bytes doesn't fit in it");
        }

        return (new ZipEntry(name, method, dataOffset, length, UInt32(directory[16..])), localOffset, size);
    }

    /// <summary>Takes the 64-bit values of those fields that say they have one.</summary>
    private static void ReadZip64(SourceFile file, ReadOnlySpan<byte> extra, ref long uncompressed, ref long length, ref long localOffset)
    {
        while (extra.Length >= 4)
        {
            var (id, size) = (UInt16(extra), UInt16(extra[2..]));
            extra = extra[4..];
            if (size > extra.Length)
            {
                throw Damaged(file, "has a directory entry with a broken extra field");
            }

            if (id == 1)
            {
                var values = extra[..size];
                Take(file, ref values, ref uncompressed);
                Take(file, ref values, ref length);
                Take(file, ref values, ref localOffset);
            }

            extra = extra[size..];
        }

        static void Take(SourceFile file, ref ReadOnlySpan<byte> values, ref long field)
        {
            if (field == uint.MaxValue && values.Length >= sizeof(long))
            {
                field = Int64(file, values);
                values = values[sizeof(long)..];
            }
        }
    }

    private static byte[] Bytes(SourceFile file, long offset, int length)
    {
        if (offset < 0 || offset > file.Length - length)
        {
            throw Damaged(file, $"points to byte {offset}, outside it");
        }

        var bytes = new byte[length];
        file.ReadExactly(offset, bytes);
        return bytes;
    }

    private static int UInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static long Int64(SourceFile file, ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadInt64LittleEndian(bytes) is var value and >= 0 ? value : throw Damaged(file, "has an offset or length beyond all measure");

    private static InvalidInputException Damaged(SourceFile file, string reason) => new(file.Path, "as a ZIP file " + reason);
}
