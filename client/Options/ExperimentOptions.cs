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
}
