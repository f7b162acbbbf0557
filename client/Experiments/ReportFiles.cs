using CircuitGrid.Compute;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Files;
using CircuitGrid.Web.Reports;

namespace CircuitGrid.Client.Experiments;

/// <summary>Writes reports and summaries; an existing file is only replaced by a whole one.</summary>
internal static class ReportFiles
{
    /// <summary>Writes the page of a report.</summary>
    /// <exception cref="InvalidInputException">The file can't be written.</exception>
    public static void WritePage(string path, ReportDocument report) => ReportWriter.Write(path, report);

    /// <summary>Writes the figures of every cell.</summary>
    /// <exception cref="InvalidInputException">The file can't be written.</exception>
    public static void WriteSummary(string path, ReportDocument report) => Write(path, ReportJson.Write(SummaryDocument.Of(report)));

    /// <summary>The page beside an experiment's file, in its folder, or in the current folder for an experiment that comes out of a pipe.</summary>
    public static string Beside(string experiment)
    {
        if (FileStatus.Of(experiment) is { Kind: not (FileKind.Plain or FileKind.Folder) })
        {
            return "report.html";
        }

        var isFolder = Directory.Exists(experiment);
        var prefix = isFolder || string.Equals(Path.GetFileName(experiment), ExperimentArgument.FileName, StringComparison.Ordinal)
            ? ""
            : $"{Path.GetFileNameWithoutExtension(experiment)}.";
        return Path.Combine(isFolder ? experiment : Path.GetDirectoryName(Path.GetFullPath(experiment))!, $"{prefix}report.html");
    }

    private static void Write(string path, string text)
    {
        var partial = $"{path}.partial";
        try
        {
            File.WriteAllText(partial, text);
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new InvalidInputException(path, $"can't be written: {e.Message}", e);
        }
    }
}
