namespace CircuitGrid.Circuits.Statistics;

/// <summary>Settings of everything that resamples. The outcome depends on none but the seed and the counts.</summary>
public sealed record BootstrapOptions
{
    /// <summary>Number of resamples.</summary>
    /// <value>The default, 200, gives an inclusion probability of 0.95 a standard error of 0.015.</value>
    public int Resamples { get; init; } = 200;

    /// <summary>Random halves of the examples, from which the error of a similarity comes.</summary>
    /// <value>The default, 60, knows a standard error to 9 %.</value>
    public int HalfSamples { get; init; } = 60;

    /// <summary>Random splits into halves over which a noise ceiling is averaged.</summary>
    public int Splits { get; init; } = 50;

    /// <summary>Resamples, each of them split several times, from which the error of comparisons with a noise ceiling comes.</summary>
    public int SplitResamples { get; init; } = 100;

    /// <summary>Degree-preserving random circuits drawn for every circuit.</summary>
    public int RandomCircuits { get; init; } = 50;

    /// <summary>What all draws come from. Computations of the same seed use the same resamples, so that differences between them are paired.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Threads to compute with; the outcome doesn't depend on it.</summary>
    /// <value>The default is what the machine has, written as <see langword="null"/>.</value>
    public int? Threads { get; init; }

    internal ParallelOptions Parallel(CancellationToken cancellation) => new() { MaxDegreeOfParallelism = Threads ?? -1, CancellationToken = cancellation };
}
