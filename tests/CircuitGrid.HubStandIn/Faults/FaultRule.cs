using System.Text.RegularExpressions;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.HubStandIn.Faults;

/// <summary>Which requests meet a fault. A request meets all whose rules it matches, in the order in which they were added, until one answers it.</summary>
public sealed class FaultRule
{
    private int matched;

    public required Fault Fault { get; init; }

    /// <summary>Requests that meet it; then it is over. <see langword="null"/> for all.</summary>
    public int? Times { get; init; } = 1;

    /// <summary>Matching requests that pass before the first meets it.</summary>
    public int After { get; init; }

    /// <summary>Only this kind; <see langword="null"/> for any.</summary>
    public RequestKind? Kind { get; init; }

    /// <summary>Only this method; <see langword="null"/> for any.</summary>
    public string? Method { get; init; }

    /// <summary>A regular expression found in <c>{repository}/{path}</c>, unescaped, for large files too; <see langword="null"/> for any.</summary>
    public string? Path { get; init; }

    /// <summary>Only this revision, as it is asked for; large files are asked for by commit. <see langword="null"/> for any.</summary>
    public string? Revision { get; init; }

    /// <summary>Requests that met it.</summary>
    public int Met => Math.Clamp(Volatile.Read(ref matched) - After, 0, Times ?? int.MaxValue);

    internal bool Meets(LoggedRequest request)
    {
        if ((Kind is { } kind && kind != request.Kind)
            || (Method is not null && !string.Equals(Method, request.Method, StringComparison.Ordinal))
            || (Revision is not null && !string.Equals(Revision, request.Revision, StringComparison.Ordinal))
            || (Path is not null && !Regex.IsMatch($"{request.Repository}/{request.Path}", Path, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1))))
        {
            return false;
        }

        var place = Interlocked.Increment(ref matched) - After;
        return place > 0 && (Times is null || place <= Times);
    }
}
