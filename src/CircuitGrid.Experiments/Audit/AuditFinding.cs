using CircuitGrid.Models.Suites.Known;

namespace CircuitGrid.Experiments.Audit;

/// <summary>Something that was found about a checkpoint.</summary>
/// <param name="Model">Its model.</param>
/// <param name="Step">Its step.</param>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Text">What, in one line that goes on after the checkpoint's name.</param>
public sealed record AuditFinding(string Model, int Step, AuditKind Kind, string Text)
{
    /// <summary>Whether the checkpoint is left out of onsets, pairs and stability for it.</summary>
    public bool IsLeftOut { get; init; }

    /// <summary>The report of the same defect, where it is a known one.</summary>
    public KnownDefect? Known { get; init; }

    /// <summary>The text, and where the defect is reported.</summary>
    public string Explained => Known is null ? Text : $"{Text} (a known defect: {Known.Text}; {Known.Source})";
}
