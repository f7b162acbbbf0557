using CircuitGrid.Web.Api.Deadlines;

namespace CircuitGrid.Web.Api;

/// <summary>Settings of the HTTP API. Those about the folder of suites count where no <c>ExperimentTexts</c> is registered, which has them itself.</summary>
public sealed record CircuitGridApiOptions
{
    /// <summary>The folder that experiments' suites, pairs files and lexicons are in, and outside of which no request reaches.</summary>
    public string SuitesRoot { get; set; } = ".";

    /// <summary>Folders outside of it that links in it may lead into.</summary>
    public IReadOnlyList<string> LinksInto { get; set; } = [];

    /// <summary>Name and version of the program, for reports.</summary>
    public string Program { get; set; } = "CircuitGrid";

    /// <summary>What computes, for people.</summary>
    public string Device { get; set; } = "";

    /// <summary>Clients that may follow experiments at a time.</summary>
    public int MaxFollowers { get; set; } = 1000;

    /// <summary>How long a follower may not take what is written to it; then its connection is closed.</summary>
    public TimeSpan FollowerPatience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long answers may take.</summary>
    public DeadlineOptions Deadlines { get; set; } = new();

    /// <summary>How long health waits for a check before it says that the check hasn't answered.</summary>
    public TimeSpan HealthPatience { get; set; } = TimeSpan.FromMilliseconds(600);

    /// <summary>How often a stream of events without news says that it is alive.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Reports to keep, so that one isn't made again until a result has come.</summary>
    public int MaxReports { get; set; } = 4;

    public TimeProvider Time { get; set; } = TimeProvider.System;
}
