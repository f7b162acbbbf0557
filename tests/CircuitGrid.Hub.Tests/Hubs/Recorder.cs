namespace CircuitGrid.Hub.Tests.Hubs;

/// <summary>Keeps what progress is told, in its order.</summary>
internal sealed class Recorder : IProgress<long>
{
    private readonly List<long> values = [];

    /// <summary>What was told.</summary>
    public IReadOnlyList<long> Values => values;

    public Action<long> OnValue { get; init; } = _ => { };

    public void Report(long value)
    {
        values.Add(value);
        OnValue(value);
    }
}
