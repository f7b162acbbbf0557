using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Web.Api.Deadlines;
using Microsoft.AspNetCore.Http;

namespace CircuitGrid.Web.Api;

/// <summary>A report as JSON in UTF-8, and what it is a report of.</summary>
/// <param name="Stamp">Another one for other results.</param>
/// <param name="Json">The report.</param>
/// <param name="Unjudged">Pairs of circuits that may still be judged in each other's place.</param>
/// <param name="Made">When it was made.</param>
internal sealed record CachedReport(string Stamp, byte[] Json, int Unjudged, DateTimeOffset Made)
{
    /// <summary>What tells this version from others of the same results.</summary>
    public string Tag => Unjudged == 0 ? Stamp : string.Create(CultureInfo.InvariantCulture, $"{Stamp}-{Unjudged}");
}

/// <summary>
/// Makes reports, each once for the results that there are and for all who ask at the same time; the latest few stay. A report that nobody waits for any more
/// is called off, and the turn of one ends at its deadline, whether or not it heeds that.
/// </summary>
internal sealed class ReportCache(IExperimentHost host, CircuitGridApiOptions options) : IDisposable
{
    /// <summary>What those wait for who ask for one.</summary>
    public const string Awaited = "The report";

    /// <summary>How long a report stays with circuits that no device had room to judge.</summary>
    private static readonly TimeSpan UnjudgedTime = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, CachedReport> reports = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> order = new();
    private readonly SharedWork<string, CachedReport> making = new(StringComparer.Ordinal);

    /// <summary>One at a time: a report takes all cores. Only one that is being computed holds it.</summary>
    private readonly SemaphoreSlim turn = new(1, 1);

    public async Task<CachedReport> ReadAsync(ExperimentSpec experiment, CancellationToken cancellation)
    {
        var stamp = Stamp(await host.Grid.PlanAsync(experiment, cancellation));
        var id = ExperimentTexts.IdOf(experiment);
        return Find(id, stamp) ?? await making.RunAsync($"{id} {stamp}", stop => MakeInTurnAsync(id, stamp, experiment, stop), cancellation);
    }

    public void Dispose() => turn.Dispose();

    private CachedReport? Find(string id, string stamp) =>
        reports.TryGetValue(id, out var known) && string.Equals(known.Stamp, stamp, StringComparison.Ordinal) && !IsStale(known) ? known : null;

    private async Task<CachedReport> MakeInTurnAsync(string id, string stamp, ExperimentSpec experiment, CancellationToken nobodyWaits)
    {
        if (!await turn.WaitAsync(options.Deadlines.Turn, nobodyWaits))
        {
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "The server is busy making other reports, one at a time. Try again later.", BusyPause);
        }

        try
        {
            using var late = new CancellationTokenSource(options.Deadlines.Long, options.Time);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, nobodyWaits);
            return Find(id, stamp) ?? Keep(id, await Task.Run(() => MakeAsync(stamp, experiment, stop.Token), stop.Token).WaitAsync(stop.Token));
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<CachedReport> MakeAsync(string stamp, ExperimentSpec experiment, CancellationToken cancellation)
    {
        var report = await new ReportBuilder(host.Grid, options.Program, options.Time).BuildAsync(experiment, cancellation);
        var unjudged = report.Trajectories.SelectMany(t => t.Differences).Count(d => d?.JudgedLater == true);
        return new(stamp, Encoding.UTF8.GetBytes(ReportJson.Write(report)), unjudged, options.Time.GetUtcNow());
    }

    private CachedReport Keep(string id, CachedReport made)
    {
        if (reports.TryAdd(id, made))
        {
            order.Enqueue(id);
        }
        else
        {
            reports[id] = made;
        }

        while (order.Count > options.MaxReports && order.TryDequeue(out var oldest))
        {
            reports.TryRemove(oldest, out _);
        }

        return made;
    }

    private bool IsStale(CachedReport report) => report.Unjudged > 0 && options.Time.GetUtcNow() - report.Made > UnjudgedTime;

    /// <summary>Another one whenever a report would be another one.</summary>
    private string Stamp(GridPlan plan)
    {
        var text = new StringBuilder(options.Program).Append('\n').Append(plan.Experiment.Name).Append('\n');
        foreach (var cell in plan.Cells)
        {
            text.Append(cell.Id).Append(' ').Append(cell.Action == CellAction.Keep ? cell.Fingerprint!.Key.Value : "")
                .Append(CultureInfo.InvariantCulture, $" {cell.Tokens} {cell.TokensKnown}\n");
        }

        foreach (var leftOut in plan.Suite.LeftOut)
        {
            text.Append(leftOut).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }
}
