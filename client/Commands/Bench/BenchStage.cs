namespace CircuitGrid.Client.Commands.Bench;

/// <summary>A stage of so many parts that take alike; a part may say how far it is itself.</summary>
internal sealed class BenchStage : IProgress<double>
{
    private readonly IProgress<BenchProgress>? progress;
    private readonly string name;
    private readonly int parts;
    private int done;

    /// <summary>Begins a stage.</summary>
    /// <param name="progress">Who hears of it.</param>
    /// <param name="name">What is timed.</param>
    /// <param name="parts">How many parts there are.</param>
    public BenchStage(IProgress<BenchProgress>? progress, string name, int parts)
    {
        (this.progress, this.name, this.parts) = (progress, name, parts);
        Report(0);
    }

    /// <summary>A part is done.</summary>
    public void Done()
    {
        done++;
        Report(0);
    }

    /// <param name="value">The share of the part at work that is done.</param>
    public void Report(double value) => progress?.Report(new(name, Math.Min(1, (done + value) / parts)));
}
