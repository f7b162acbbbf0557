using System.Globalization;
using System.Net;
using CircuitGrid.Compute;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Cache;

/// <summary>Fetches one file into the cache's blobs. Where the connection breaks it goes on from there; what came is checked against the digest.</summary>
/// <param name="options">Pauses, and how often an attempt is repeated.</param>
/// <param name="client">Sends requests.</param>
/// <param name="time">The clock of pauses.</param>
/// <param name="subject">What the file is called in messages.</param>
/// <param name="address">Where it is.</param>
/// <param name="folder">The repository whose blobs it joins.</param>
/// <param name="file">The file.</param>
/// <param name="received">Hears how many of its bytes are there.</param>
internal sealed class BlobFetch(
    HubOptions options, HubClient client, TimeProvider time, HubSubject subject, Uri address, HubRepositoryFolder folder, HubFile file, IProgress<long>? received)
{
    /// <summary>An attempt that brings less than this doesn't count as one that brings the file further, so that no server can hold the program up for ever.</summary>
    private const long Progress = 1 << 20;

    /// <summary>Whether the digest is one of the bytes; a server of plain files tells none.</summary>
    public bool IsVerified { get; init; } = true;

    /// <summary>Fetches it. Its lock has to be held.</summary>
    /// <exception cref="HubUnreachableException">The hub can't be reached, or goes on failing.</exception>
    /// <exception cref="DiskFullException">There is no room.</exception>
    /// <exception cref="InvalidInputException">The hub refuses, what came isn't the file, or it can't be written.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var notes = new PartialNotes(folder);
        notes.RemoveDead();
        var path = notes.Begin(file.Digest);
        try
        {
            using var partial = PartialFile.Create(folder.Blob(file.Digest), path, file.Size, file.Sha256 is null ? ContentDigest.GitBlob(file.Size) : ContentDigest.Sha256());
            await ReceiveAsync(partial, cancellation);
            var digest = partial.Finish();
            if (IsVerified && digest != file.Digest)
            {
                throw new InvalidInputException(subject.ToString(), $"came with other bytes than the hub lists: their {(file.Sha256 is null ? "Git digest" : "SHA-256")} is {digest}, not {file.Digest}; nothing was kept of them");
            }

            // A note without its file does no harm; a file without its note would be kept for ever.
            OutputFile.Write(Path.Combine(folder.Fetched, file.Digest), _ => { }, cancellation);
            partial.Place();
        }
        finally
        {
            notes.End(path);
        }
    }

    private async Task ReceiveAsync(PartialFile partial, CancellationToken cancellation)
    {
        var buffer = new byte[options.BufferBytes];
        var furthest = 0L;
        for (var failures = 0; partial.Length < file.Size;)
        {
            var before = furthest;
            var request = new HubRequest(address, subject, options.DownloadTimeout)
            {
                From = partial.Length > 0 ? partial.Length : null,
                OnHubAnswer = IsVerified ? RequireListed : null,
            };
            using var answer = await client.SendAsync(request, cancellation);
            try
            {
                RequireRest(partial, answer);
                await ReadAsync(partial, answer, buffer, cancellation);
            }
            catch (Exception e) when (HubFailures.IsOfConnection(e))
            {
                furthest = Math.Max(furthest, partial.Length);
                failures = furthest - before >= Progress ? 0 : failures + 1;
                if (failures > options.MostRetries)
                {
                    throw HubClient.Failed(request, answer.Address, e);
                }

                await Task.Delay(options.PauseAfter(failures), time, cancellation);
            }
        }
    }

    /// <summary>Holds what the hub says of the file against its list, before a byte is read: a storage's own headers say nothing of it.</summary>
    private void RequireListed(HttpResponseMessage answer)
    {
        var etag = HubHeaders.Find(answer, "X-Linked-Etag") ?? (answer.IsSuccessStatusCode ? HubHeaders.Find(answer, "ETag") : null);
        if (etag is not null && HubHeaders.Bare(etag) is var digest && HubNames.IsDigest(digest) && digest.Length == file.Digest.Length && digest != file.Digest)
        {
            throw new InvalidInputException(subject.ToString(), $"the hub says that the file is {digest}, though it lists {file.Digest}");
        }

        if (HubHeaders.Find(answer, "X-Linked-Size") is { } size && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes != file.Size)
        {
            throw new InvalidInputException(subject.ToString(), $"the hub says that the file is {bytes} bytes long, though it lists {file.Size}");
        }
    }

    /// <summary>Makes sure that what comes is the part that is missing; where all of the file comes, what is there is dropped.</summary>
    private void RequireRest(PartialFile partial, HubAnswer answer)
    {
        var content = answer.Message.Content.Headers;
        if (answer.Status == HttpStatusCode.PartialContent)
        {
            ContentRanges.Require(answer, partial.Length, file.Size);
        }
        else if (partial.Length > 0)
        {
            partial.Restart();
        }

        if (content.ContentLength is { } length && length != file.Size - partial.Length)
        {
            throw new InvalidInputException(HubUrls.Show(answer.Address), $"sends {length} bytes, where {file.Size - partial.Length} of {Text.OneLine(file.Path)} are missing");
        }
    }

    private async Task ReadAsync(PartialFile partial, HubAnswer answer, byte[] buffer, CancellationToken cancellation)
    {
        await using var stream = await answer.Message.Content.ReadAsStreamAsync(cancellation);
        using var stall = new Stall(options.DownloadTimeout, cancellation);
        while (true)
        {
            var count = await stall.LimitAsync(c => stream.ReadAsync(buffer, c));
            if (count == 0)
            {
                // without a length in front, the end of an answer that broke off looks like any end
                if (partial.Length < file.Size)
                {
                    throw new HttpIOException(HttpRequestError.ResponseEnded);
                }

                return;
            }

            if (count > file.Size - partial.Length)
            {
                throw new InvalidInputException(HubUrls.Show(answer.Address), $"sends more than the {file.Size} bytes that {Text.OneLine(file.Path)} has");
            }

            partial.Append(buffer.AsSpan(0, count));
            received?.Report(partial.Length);
        }
    }
}
