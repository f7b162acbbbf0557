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

    public void Computed(string device, double seconds)
    {
        computed.Add(1, Of(device));
        busy.Add(seconds, Of(device));
        cellSeconds.Record(seconds, Of(device));
    }

    public void Failed(string device) => failed.Add(1, Of(device));

    public void Loaded(string device, TimeSpan time, long bytes)
    {
        loadSeconds.Record(time.TotalSeconds, Of(device));
        loadedBytes.Add(bytes, Of(device));
    }

    /// <summary>Says where to look for what changes by itself.</summary>
    /// <param name="devices">Names of the devices, with their slots in use and the bytes reserved for weights.</param>
    /// <param name="openJobs">Jobs that haven't ended.</param>
    public void Observe(Func<IEnumerable<(string Device, int BusySlots, long WeightBytes)>> devices, Func<int> openJobs)
    {
        meter.CreateObservableGauge("circuitgrid.slots.busy", () => devices().Select(d => new Measurement<int>(d.BusySlots, Of(d.Device))), "{slot}", "Slots in use.");
        meter.CreateObservableGauge("circuitgrid.jobs.open", openJobs, "{job}", "Jobs that haven't ended.");
        meter.CreateObservableGauge("circuitgrid.weights.reserved", () => devices().Select(d => new Measurement<long>(d.WeightBytes, Of(d.Device))), "By", "Bytes reserved for weights.");
    }

    private static KeyValuePair<string, object?> Of(string device) => new("device", device);

    public void Dispose() => meter.Dispose();
}
