using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Grains.Hosting;

/// <summary>Settings of a silo of the grid.</summary>
public sealed class ClusterOptions
{
    /// <summary>Reads an experiment's YAML text; every silo finds the suites it names where they are on its machine.</summary>
    public Func<string, ExperimentSpec> ReadExperiment { get; set; } = yaml => ExperimentSpec.Parse(yaml, "experiment", Environment.CurrentDirectory);

    /// <summary>What this silo computes with; none for a client.</summary>
    public IReadOnlyList<SiloDevice> Devices { get; set; } = [];

    /// <summary>Name and version of the program, for provenance.</summary>
    public string Program { get; set; } = "CircuitGrid " + (typeof(ClusterOptions).Assembly.GetName().Version?.ToString(3) ?? "");

    /// <summary>How long a checkpoint's weights stay loaded after their last cell, where nobody needs the memory.</summary>
    public TimeSpan KeepWeights { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often an experiment looks after its jobs and for free slots.</summary>
    public TimeSpan LookInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a lease of a slot holds that nobody makes use of.</summary>
    public TimeSpan LeaseTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an experiment waits for a silo's answer before it goes on with the others; what comes later is taken the next time.</summary>
    public TimeSpan AnswerTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often reminders look whether an experiment or a suite needs something. Orleans allows no less than a minute by default.</summary>
    public TimeSpan ReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a suite's folder is looked at while its grain is active.</summary>
    public TimeSpan WatchInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a suite on the hub is asked for its revisions while its grain is active, and how long a hub that can't be reached is left alone.</summary>
    public TimeSpan HubInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How many checkpoints on the hub this silo fetches at a time, ahead of its slots, and what it keeps of them. Silos share the line of their machine: one at a time
    /// is here soonest.
    /// </summary>
    public FetchOptions Fetching { get; set; } = new() { AtATime = 1 };

    /// <summary>How long a checkpoint's files must have stayed as they are before they count as whole.</summary>
    public TimeSpan Settled { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Events an experiment remembers for those who follow it.</summary>
    public int RememberedEvents { get; set; } = 4096;
}
