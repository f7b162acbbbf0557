using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace CircuitGrid.Grains.Hosting;

/// <summary>What a silo measures of its work, for OpenTelemetry: meter and activity source <see cref="Name"/>.</summary>
public sealed class GridMeter : IDisposable
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "CircuitGrid";

    private readonly Meter meter;
    private readonly Counter<long> computed;
    private readonly Counter<long> failed;
    private readonly Counter<double> busy;
    private readonly Histogram<double> cellSeconds;
    private readonly Histogram<double> loadSeconds;
    private readonly Counter<long> loadedBytes;

    public GridMeter(IMeterFactory meters)
    {
        meter = meters.Create(Name);
        computed = meter.CreateCounter<long>("circuitgrid.cells.computed", "{cell}", "Cells computed and stored.");
        failed = meter.CreateCounter<long>("circuitgrid.cells.failed", "{cell}", "Cells that couldn't be computed.");
        busy = meter.CreateCounter<double>("circuitgrid.device.busy", "s", "Seconds that slots spent computing.");
        cellSeconds = meter.CreateHistogram<double>("circuitgrid.cell.duration", "s", "Seconds a cell took, loading excluded.");
        loadSeconds = meter.CreateHistogram<double>("circuitgrid.load.duration", "s", "Seconds a checkpoint's weights took to load.");
        loadedBytes = meter.CreateCounter<long>("circuitgrid.load.bytes", "By", "Bytes of weights loaded.");
    }

    /// <summary>Traces of cells.</summary>
    public static ActivitySource Source { get; } = new(Name);

    public void Computed(double seconds)
    {
        computed.Add(1);
        busy.Add(seconds);
        cellSeconds.Record(seconds);
    }

    public void Failed() => failed.Add(1);

    public void Loaded(TimeSpan time, long bytes)
    {
        loadSeconds.Record(time.TotalSeconds);
        loadedBytes.Add(bytes);
    }

    /// <summary>Says where to look for what changes by itself.</summary>
    /// <param name="busySlots">Slots in use.</param>
    /// <param name="queuedJobs">Jobs that haven't ended.</param>
    /// <param name="weightBytes">Bytes reserved for weights.</param>
    public void Observe(Func<int> busySlots, Func<int> queuedJobs, Func<long> weightBytes)
    {
        meter.CreateObservableGauge("circuitgrid.slots.busy", busySlots, "{slot}", "Slots in use.");
        meter.CreateObservableGauge("circuitgrid.jobs.open", queuedJobs, "{job}", "Jobs that haven't ended.");
        meter.CreateObservableGauge("circuitgrid.weights.reserved", weightBytes, "By", "Bytes reserved for weights.");
    }

    public void Dispose() => meter.Dispose();
}
