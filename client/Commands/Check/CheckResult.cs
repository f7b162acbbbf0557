using CircuitGrid.Circuits.Published;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Client.Commands;

/// <summary>What a check has found.</summary>
/// <param name="Target">What was checked.</param>
/// <param name="Precision">What it computed in.</param>
/// <param name="Entries">What became of every entry.</param>
internal sealed record CheckResult(CheckTarget Target, WeightPrecision Precision, IReadOnlyList<CheckedEntry> Entries)
{
    /// <summary>Whether something was compared, and nothing of it is outside.</summary>
    public bool Passed => Entries.Any(e => !e.Values.IsEmpty) && Entries.All(e => e.Verdict != CheckVerdict.Outside);

    /// <summary>How many values have a verdict; those of entries that couldn't be checked are all of that.</summary>
    public int Count(CheckVerdict verdict) => verdict == CheckVerdict.NotChecked
        ? Entries.Where(e => e.Values.IsEmpty).Sum(e => e.Entry.Count)
        : Entries.Sum(e => e.Values.Count(v => v.Verdict == verdict));

    /// <summary>The result as scripts read it: its names don't change.</summary>
    public object ForPrograms() => new
    {
        Program = ProgramVersion.Text,
        Model = Target.Model.Name,
        TakenForIt = Target.Reason,
        Target.Model.Family,
        Target.Model.Revision,
        Precision = SpecNames.Precision.Of(Precision),
        Passed,
        Within = Count(CheckVerdict.Within),
        Outside = Count(CheckVerdict.Outside),
        Warnings = Count(CheckVerdict.Warning),
        Findings = Count(CheckVerdict.Finding),
        NotChecked = Count(CheckVerdict.NotChecked),
        Entries = Entries.Select(e => new
        {
            e.Entry.Heading.Id,
            e.Entry.Kind,
            Precision = SpecNames.Precision.Of(e.Entry.Heading.Precision),
            e.Verdict,
            e.Reason,
            e.Entry.Heading.Note,
            e.Entry.Heading.Doubt,
            e.Entry.Heading.Tolerance,
            e.Entry.Heading.Source,
            Values = e.Values.Select(v => new { v.Place, v.Expected, v.Computed, v.Difference, v.Allowed, v.Verdict, v.Remark }),
        }),
    };
}
