using System.Buffers.Binary;
using System.Net;
using CircuitGrid.Compute;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Cache;

/// <summary>
/// Fetches the beginning of a safetensors file, which says what is in it: eight bytes of length and that many bytes of JSON. The digest is of the whole file, so
/// that nothing can be checked but the length.
/// </summary>
internal sealed class HeaderFetch(HubOptions options, HubClient client, HubSubject subject, Uri address, HubRepositoryFolder folder, HubFile file)
{
    private const int LengthBytes = 8;

    // The limit of the format's own library.
    private const long MaxHeaderBytes = 100_000_000;

    /// <summary>Most headers are shorter; the others take a second request.</summary>
    private const int FirstBytes = 100_001;

    /// <summary>Whether a file is a header of the length that it says, no more and no less.</summary>
    /// <exception cref="InvalidInputException">The file can't be read.</exception>
    public static bool IsWhole(string path)
    {
        if (FileStatus.Of(path) is not { Kind: FileKind.Plain, Length: >= LengthBytes })
        {
            return false;
        }

        using var header = SourceFile.Open(path);
        var length = new byte[LengthBytes];
        header.ReadExactly(0, length);
        return BinaryPrimitives.ReadUInt64LittleEndian(length) == (ulong)(header.Length - LengthBytes);
    }

    /// <summary>Fetches it.</summary>
    /// <exception cref="HubUnreachableException">The hub can't be reached, or goes on failing.</exception>
    /// <exception cref="InvalidInputException">The hub refuses, what came is no header, or it can't be written.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (file.Size < LengthBytes)
        {
            throw new InvalidInputException(subject.ToString(), $"is {file.Size} bytes long, too short for a safetensors file");
        }

        var bytes = await ReadAsync(0, Math.Min(FirstBytes, file.Size), cancellation);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (length > MaxHeaderBytes || (long)length > file.Size - LengthBytes)
        {
            throw new InvalidInputException(subject.ToString(), $"its header says it is {length} bytes long, where the file has {file.Size} and a header at most {MaxHeaderBytes}; it is no safetensors file");
        }

        var whole = LengthBytes + (int)length;
        if (whole > bytes.Length)
        {
            bytes = [.. bytes, .. await ReadAsync(bytes.Length, whole - bytes.Length, cancellation)];
        }

        OutputFile.Write(folder.Header(file.Digest), stream => stream.Write(bytes, 0, whole), cancellation);
    }

    private async Task<byte[]> ReadAsync(long from, long count, CancellationToken cancellation)
    {
        var request = new HubRequest(address, subject, options.DownloadTimeout)
        {
            From = from,
            To = from + count - 1,

            // a server that knows no ranges sends the file from its first byte on
            Limit = (int)(from + count),
            TakesBeginning = true,
        };
        using var answer = await client.SendAsync(request, cancellation);
        var bytes = await answer.ReadBytesAsync(cancellation);
        if (answer.Status == HttpStatusCode.PartialContent)
        {
            ContentRanges.Require(answer, from, file.Size);
        }
        else
        {
            bytes = bytes[(int)Math.Min(from, bytes.Length)..];
        }

        return bytes.Length >= count
            ? bytes[..(int)count]
            : throw new InvalidInputException(HubUrls.Show(answer.Address), $"sends {bytes.Length} bytes, where {count} of {Text.OneLine(file.Path)} from byte {from} on were asked for");
    }
}
