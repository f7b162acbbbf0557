using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;
using CircuitGrid.Web.Reports;

namespace CircuitGrid.Client.Experiments;

/// <summary>Writes reports and summaries.</summary>
internal static class ReportFiles
{
    /// <summary>Writes the page of a report.</summary>
    /// <exception cref="InvalidInputException">The file can't be written.</exception>
    public static void WritePage(string path, ReportDocument report, CancellationToken cancellation) =>
        OutputFile.Write(path, stream => ReportWriter.Write(stream, report), cancellation);

    /// <summary>Writes the page of a report and the figures of every cell, both or none.</summary>
    /// <exception cref="InvalidInputException">A file can't be written.</exception>
    public static void Write(ExperimentArgument argument, ReportDocument report, CancellationToken cancellation)
    {
        using var files = new OutputSet();
        files.Add(argument.Report, stream => ReportWriter.Write(stream, report));
        files.Add(argument.Summary, stream => stream.Write(Encoding.UTF8.GetBytes(ReportJson.Write(SummaryDocument.Of(report)))));
        files.Commit(cancellation);
    }

    /// <summary>The page beside an experiment's file, in its folder, or in the current folder for an experiment that comes out of a pipe.</summary>
    public static string Beside(string experiment)
    {
        if (RemoteSuite.IsOne(experiment))
        {
            return $"{RemoteSuite.NameOf(experiment)}.report.html";
        }

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
}
