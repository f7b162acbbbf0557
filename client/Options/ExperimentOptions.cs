using System.CommandLine;

namespace CircuitGrid.Client.Options;

/// <summary>What the commands that work on a whole experiment share.</summary>
internal static class ExperimentOptions
{
    public static Argument<string> Experiment() => new("EXPERIMENT")
    {
        Description = "Experiment file (YAML), or a folder: of checkpoints, or one that 'demo' wrote.",
    };

    public static Option<string?> Store() => new("--store")
    {
        Description = "File that results are kept in. Default: results.db beside the experiment.",
        HelpName = "FILE",
    };

    public static Option<string> FinishedRun() => new("--store")
    {
        Description = "Folder of a finished run, e.g. the one that 'demo' wrote; or its experiment file.",
        HelpName = "FOLDER",
        Required = true,
    };

    public static Argument<string> Cell(string name) => new(name) { Description = "A cell: suite/model@step/task, e.g. nano/nano-4l@2500/ioi." };
}
