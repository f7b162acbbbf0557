namespace CircuitGrid.Compute;

/// <summary>Looks into exceptions that others are wrapped in.</summary>
public static class ExceptionCauses
{
    /// <summary>The exception and all that it was made of: inner ones, and every one of several.</summary>
    public static IEnumerable<Exception> Causes(this Exception exception)
    {
        yield return exception;
        IEnumerable<Exception> inner = exception is AggregateException several ? several.InnerExceptions : exception.InnerException is { } one ? [one] : [];
        foreach (var cause in inner.SelectMany(Causes))
        {
            yield return cause;
        }
    }
}
