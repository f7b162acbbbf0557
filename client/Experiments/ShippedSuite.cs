using System.Text;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Client.Experiments;

/// <summary>The checkpoints that come with the program, and the experiment on them.</summary>
internal static class ShippedSuite
{
    private const string SuiteLine = "suite:";

    /// <summary>Where the suite is.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "suites", "nano");

    /// <summary>Writes the experiment with the suite's full path, so that it can be run from anywhere.</summary>
    /// <exception cref="InvalidInputException">The program was installed without its suite, or the file can't be written.</exception>
    public static void WriteExperiment(string path, CancellationToken cancellation)
    {
        var shipped = Path.Combine(Folder, ExperimentArgument.FileName);
        if (!File.Exists(shipped))
        {
            throw new InvalidInputException(shipped, "is missing: the program was installed without its checkpoints; build it from the repository, or name an experiment of your own to 'run'");
        }

        var lines = File.ReadLines(shipped).Select(l => l.StartsWith(SuiteLine, StringComparison.Ordinal) ? $"{SuiteLine} {JsonSerializer.Serialize(Folder)}" : l);
        OutputFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n")))), cancellation);
    }
}
