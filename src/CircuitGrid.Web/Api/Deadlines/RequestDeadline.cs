using Microsoft.AspNetCore.Builder;

namespace CircuitGrid.Web.Api.Deadlines;

/// <summary>What an endpoint says of the time that it takes.</summary>
/// <param name="Kind">How long it may take.</param>
/// <param name="Awaited">What a client waits for, to begin a sentence with.</param>
/// <param name="NeedsStorage">Whether it can't answer without storage.</param>
internal sealed record RequestDeadline(DeadlineKind Kind, string Awaited, bool NeedsStorage = true)
{
    /// <summary>That of an endpoint which says nothing.</summary>
    public static RequestDeadline Default { get; } = new(DeadlineKind.Quick, "The answer");
}

/// <summary>Marks an endpoint that sees to its end itself.</summary>
internal sealed class EndsByItself
{
    public static EndsByItself Instance { get; } = new();
}

/// <summary>Says how long endpoints may take.</summary>
internal static class RequestDeadlines
{
    /// <summary>Names the deadline of an endpoint.</summary>
    public static T WithDeadline<T>(this T endpoint, DeadlineKind kind, string awaited, bool needsStorage = true)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new RequestDeadline(kind, awaited, needsStorage));
}
