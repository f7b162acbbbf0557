using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Client.Experiments;

/// <summary>The results of a run, opened to be looked at.</summary>
internal sealed class FinishedRun : IAsyncDisposable
{
    private readonly GridSession session;

    private FinishedRun(GridSession session, StoredCells cells)
    {
        this.session = session;
        Cells = cells;
    }

    /// <summary>The results.</summary>
    public StoredCells Cells { get; }

    /// <summary>Loads checkpoints for what the results don't tell.</summary>
    public ICellAnalyzer Analyzer => session.Analyzer;

    /// <summary>The comparisons across models over all results there are.</summary>
    public Task<ExperimentComparisons> CompareAsync(CancellationToken cancellation) => session.Grid.CompareAsync(session.Experiment, cancellation);

    /// <param name="context">The running command.</param>
    /// <param name="path">Folder of the run, its experiment file, or its store.</param>
    /// <param name="reading">How its suite is to be read.</param>
    /// <exception cref="InvalidInputException">There is no run, or it has no results.</exception>
    public static async Task<FinishedRun> OpenAsync(CommandContext context, string path, SuiteReading reading)
    {
        context.WhenStopped = "nothing was changed";
        var argument = RunArgument.Read(context, path, reading);
        if (!File.Exists(argument.Store))
        {
            throw new InvalidInputException(path, $"has no results: there is no {argument.Store}; {CommandHint.Of("run", path)} computes them");
        }

        var session = GridSession.OpenForReading(context, argument.Experiment, argument.Store);
        try
        {
            return new(session, await StoredCells.OpenAsync(session.Grid, argument.Experiment, cancellation: context.Cancellation));
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();
}
