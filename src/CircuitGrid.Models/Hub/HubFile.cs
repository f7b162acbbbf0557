namespace CircuitGrid.Models.Hub;

/// <summary>A file of a repository at a commit, as the hub lists it.</summary>
/// <param name="Path">Its path in the repository, with <c>/</c> between folders.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="BlobId">Git's SHA-1 of what Git keeps: the file itself, or the pointer to a large one; 40 lower-case hexadecimal digits.</param>
/// <param name="Sha256">The SHA-256 of a large file, 64 lower-case hexadecimal digits; <see langword="null"/> for one that Git keeps itself.</param>
public sealed record HubFile(string Path, long Size, string BlobId, string? Sha256)
{
    /// <summary>What the bytes are known by, which is also the file's name among a cache's blobs.</summary>
    public string Digest => Sha256 ?? BlobId;

    /// <summary>The last part of the path.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];
}
