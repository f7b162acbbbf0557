using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Experiments.Specification;

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

/// <summary>Makes reports, each once for the results that there are; the latest few stay.</summary>
internal sealed class ReportCache(IExperimentHost host, CircuitGridApiOptions options) : IDisposable
{
    /// <summary>How long a report stays with circuits that no device had room to judge.</summary>
    private static readonly TimeSpan UnjudgedTime = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, CachedReport> reports = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> order = new();

    /// <summary>One at a time: a report takes all cores.</summary>
    private readonly SemaphoreSlim gate = new(1, 1);

    public async Task<CachedReport> ReadAsync(ExperimentSpec experiment, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            var stamp = Stamp(await host.Grid.PlanAsync(experiment, cancellation));
            var id = ExperimentTexts.IdOf(experiment);
            if (reports.TryGetValue(id, out var known) && string.Equals(known.Stamp, stamp, StringComparison.Ordinal) && !IsStale(known))
            {
                return known;
            }

            var report = await new ReportBuilder(host.Grid, options.Program, options.Time).BuildAsync(experiment, cancellation);
            var unjudged = report.Trajectories.SelectMany(t => t.Differences).Count(d => d?.JudgedLater == true);
            var made = new CachedReport(stamp, Encoding.UTF8.GetBytes(ReportJson.Write(report)), unjudged, options.Time.GetUtcNow());
            reports[id] = made;
            if (known is null)
            {
                order.Enqueue(id);
            }

            while (order.Count > options.MaxReports && order.TryDequeue(out var oldest))
            {
                reports.TryRemove(oldest, out _);
            }

            return made;
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

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
