using System.CommandLine;

namespace CircuitGrid.Client.Options;

/// <summary>What the commands that work on a whole experiment share.</summary>
internal static class ExperimentOptions
{
    private const string Place = "Experiment file (YAML), or a folder: of checkpoints, or one that 'demo' wrote; or a suite on the hub, hf:ORGANIZATION/NAME";

    public static Argument<string> Experiment() => new("EXPERIMENT") { Description = $"{Place}." };

    /// <summary>An experiment of this machine, or one that a server has.</summary>
    public static Argument<string> ExperimentAnywhere() => new("EXPERIMENT") { Description = $"{Place}; with --server also the id of an experiment there." };

    public static Option<string?> Store() => new("--store")
    {
        Description = "File that results are kept in. Default: NAME.results.db beside the experiment file NAME.yaml, results.db in a run's folder; for a folder of checkpoints ./NAME.circuitgrid/results.db.",
        HelpName = "FILE",
    };

    public static Option<string> FinishedRun() => new("--store")
    {
        Description = "Folder of a finished run, e.g. the one that 'demo' wrote; or its experiment file, or its store.",
        HelpName = "RUN",
        Required = true,
    };

    public static Option<bool> Rehash() => new("--rehash")
    {
        Description = "Read the bytes of every checkpoint, even where its files look as they did when their digest was noted.",
    };

    public static Argument<string> Cell(string name) => new(name) { Description = "A cell: suite/model@step/task, e.g. nano/nano-4l@2500/ioi." };
}
