namespace CircuitGrid.Hub.Protocol;

/// <summary>Revisions as the hub listed them.</summary>
/// <param name="ETag">What the hub knows this list by; <see langword="null"/> where it didn't say.</param>
/// <param name="Refs">The list.</param>
internal sealed record HubRefsAnswer(string? ETag, HubRefs Refs);
