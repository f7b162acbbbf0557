using CircuitGrid.Models.Files;

namespace CircuitGrid.Web.Api.Queries;

/// <summary>Ends a refusal with the names that are known, the nearest first.</summary>
internal static class KnownNames
{
    /// <summary><c>; did you mean 'model'? Known are model, task</c>.</summary>
    public static string Of(string name, IReadOnlyCollection<string> known) =>
        (NearestName.Of(name, known) is { } nearest ? $"; did you mean '{nearest}'? Known are " : "; known are ") + string.Join(", ", known);
}
