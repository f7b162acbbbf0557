using CircuitGrid.Compute;
using CircuitGrid.Hub.Protocol;

namespace CircuitGrid.Hub.Cache;

/// <summary>Which bytes of a file an answer holds.</summary>
internal static class ContentRanges
{
    /// <summary>Makes sure that an answer with a part of a file holds the bytes from the right one on.</summary>
    /// <param name="answer">The answer, of status 206.</param>
    /// <param name="from">The first byte that was asked for.</param>
    /// <param name="size">The file's bytes.</param>
    /// <exception cref="InvalidInputException">It holds others, or doesn't say which.</exception>
    public static void Require(HubAnswer answer, long from, long size)
    {
        var range = answer.Message.Content.Headers.ContentRange;
        if (range is not { Unit: "bytes", From: { } first } || first != from)
        {
            throw new InvalidInputException(HubUrls.Show(answer.Address), $"answers with another part of the file than that from byte {from} on");
        }

        if (range.Length is { } whole && whole != size)
        {
            throw new InvalidInputException(HubUrls.Show(answer.Address), $"says that the file is {whole} bytes long, though the hub lists {size}");
        }
    }
}
