namespace CircuitGrid.Client.Hosting;

/// <summary>What the process returns. Scripts rely on these numbers: they don't change.</summary>
internal enum ExitCode
{
    /// <summary>All that was asked for is done.</summary>
    Success = 0,

    /// <summary>The input was good and the work failed, wholly or in part: a cell, a self-check, no memory, no room on a disk.</summary>
    WorkFailed = 1,

    /// <summary>The command line or a file it names can't be used.</summary>
    InvalidInput = 2,

    /// <summary>An error nobody foresaw: a bug.</summary>
    Unexpected = 3,

    /// <summary>Stopped by Ctrl-C or SIGTERM; what was finished is kept.</summary>
    Stopped = 130,
}
