namespace CircuitGrid.Models.Transformers;

/// <summary>Weights loaded so far: where the next one can't be, they are let go of, so that whoever tries again finds the memory free.</summary>
internal sealed class PartialLoad
{
    private readonly List<IDisposable> parts = [];

    /// <summary>Loads something of several parts.</summary>
    public static T Run<T>(Func<PartialLoad, T> load)
    {
        var loaded = new PartialLoad();
        try
        {
            return load(loaded);
        }
        catch
        {
            loaded.parts.ForEach(p => p.Dispose());
            throw;
        }
    }

    /// <summary>Takes note of a part.</summary>
    public T Add<T>(T part)
        where T : IDisposable
    {
        parts.Add(part);
        return part;
    }
}
