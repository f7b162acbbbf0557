using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>
/// A task of one's own, as a file of prompt pairs. <c>.jsonl</c>: one example a line,
/// <c>{"clean": text or [ids], "corrupted": text or [ids], "correct": [ids], "incorrect": [ids], "position": optional, "template": optional}</c>, where answers may
/// be texts too, or <c>correct_tokens</c> and <c>incorrect_tokens</c> the tokens of one answer each, and where the position, zero-based, is where the metric is read in both prompts (by default the last one); what follows it is cut off, as it can't
/// influence it. <c>.csv</c>: the columns of a published data set; see <see cref="Forms.CsvForms"/>. Other keys and columns are errors, but for
/// <c>id</c> and <c>comment</c> and those that <see cref="PairsOptions.IgnoreColumns"/> names.
/// </summary>
public static class PairsFile
{
    private const int MaxFileLength = 64 << 20;

    /// <summary>Reads a pairs file.</summary>
    /// <param name="path">A plain file that ends in <c>.jsonl</c> or <c>.csv</c>; its name without that is the task's.</param>
    /// <param name="metric">What to measure.</param>
    /// <param name="options">How to read it.</param>
    /// <exception cref="InvalidInputException">
    /// The file is missing or damaged, has a key or column that isn't known, or an example can't be used; the message names its line.
    /// </exception>
    public static TaskDataset Load(string path, MetricKind metric, PairsOptions options)
    {
        var csv = IsCsv(path) ?? throw NeitherForm(path);
        return Parse(SourceFile.ReadAll(path, MaxFileLength), path, csv, metric, options);
    }

    /// <summary>
    /// Reads what a person has named on a command line, which may be a pipe or a device too. These have no ending that says what form they have: what
    /// begins with a brace is JSON lines, and no CSV header does.
    /// </summary>
    /// <param name="path">A file, pipe or device.</param>
    /// <param name="metric">What to measure.</param>
    /// <param name="options">How to read it.</param>
    /// <param name="cancellation">Ends the waiting for a pipe.</param>
    /// <exception cref="InvalidInputException">As for <see cref="Load"/>.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static TaskDataset LoadNamed(string path, MetricKind metric, PairsOptions options, CancellationToken cancellation)
    {
        if (IsCsv(path) is null && FileStatus.Of(path)?.Kind is not (FileKind.Pipe or FileKind.Device))
        {
            throw NeitherForm(path);
        }

        var bytes = InputBytes.Read(path, MaxFileLength, cancellation);
        return Parse(bytes, path, IsCsv(path) ?? !BeginsWithBrace(bytes), metric, options);
    }

    internal static TaskDataset Parse(ReadOnlyMemory<byte> bytes, string path, bool csv, MetricKind metric, PairsOptions options)
    {
        var text = PairsText.Of(bytes, path);
        var notes = new List<string>();
        var lines = csv ? PairsCsv.Read(text, path, metric, options, notes) : PairsJson.Read(text, path, options);
        var dataset = PairExamples.Of(lines, path, metric, options);
        return dataset with { Notes = [.. notes, .. dataset.Notes] };
    }

    private static bool? IsCsv(string path) =>
        Path.GetExtension(path) is var extension && extension.Equals(".csv", StringComparison.OrdinalIgnoreCase) ? true
        : extension.Equals(".jsonl", StringComparison.OrdinalIgnoreCase) ? false
        : null;

    private static bool BeginsWithBrace(ReadOnlySpan<byte> bytes) => bytes.TrimStart("\uFEFF \t\r\n"u8).StartsWith((byte)'{');

    private static InvalidInputException NeitherForm(string path) => new(path, "is neither a .jsonl nor a .csv file, the two forms of pairs files");
}
