using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Cells;

/// <summary>What people call a cell: <c>suite/model@step/task</c>.</summary>
/// <param name="Suite">Name of the suite.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Step">Training step of the checkpoint.</param>
/// <param name="Task">Name of the task.</param>
public sealed record CellId(string Suite, string Model, int Step, string Task)
{
    /// <summary>Stands in the place of a task for what belongs to a checkpoint as a whole: its head scores.</summary>
    public const string HeadsTask = "heads";

    /// <summary>The checkpoint's part: <c>suite/model@step</c>.</summary>
    public string Checkpoint => string.Create(CultureInfo.InvariantCulture, $"{Suite}/{Model}@{Step}");

    /// <summary>Whether a text can name a suite, model or task.</summary>
    public static bool IsName(string text) => PartName.IsUsable(text);

    /// <summary>Reads the form that <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out CellId? id)
    {
        id = null;
        var parts = text.Split('/');
        if (parts.Length != 3)
        {
            return false;
        }

        var at = parts[1].IndexOf('@', StringComparison.Ordinal);
        if (at < 0 || !int.TryParse(parts[1].AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var step))
        {
            return false;
        }

        var parsed = new CellId(parts[0], parts[1][..at], step, parts[2]);
        if (!IsName(parsed.Suite) || !IsName(parsed.Model) || !IsName(parsed.Task) || !string.Equals(parsed.ToString(), text, StringComparison.Ordinal))
        {
            return false;
        }

        id = parsed;
        return true;
    }

    public override string ToString() => $"{Checkpoint}/{Task}";
}
