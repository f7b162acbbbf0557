using System.Reflection;

namespace CircuitGrid.Client.Hosting;

/// <summary>What the program calls itself in reports and provenance.</summary>
internal static class ProgramVersion
{
    /// <summary>Name and version, without build details: <c>CircuitGrid 1.0.0</c>.</summary>
    public static string Text { get; } = $"CircuitGrid {Assembly.GetExecutingAssembly().GetName().Version?.ToString(3)}";
}
