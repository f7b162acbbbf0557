using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>What Git leaves in the place of a large file that hasn't been fetched: a short text with its digest.</summary>
internal static class GitPointer
{
    private static ReadOnlySpan<byte> Beginning => "version https://git-lfs"u8;

    /// <summary>The bytes that tell.</summary>
    public static int Length => Beginning.Length;

    /// <exception cref="InvalidInputException">It is one.</exception>
    /// <param name="path">The file.</param>
    /// <param name="start">Its first bytes, or all of them.</param>
    public static void Refuse(string path, ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(Beginning))
        {
            throw new InvalidInputException(path, "is a Git LFS pointer instead of the file itself; fetch it with git lfs pull");
        }
    }
}
