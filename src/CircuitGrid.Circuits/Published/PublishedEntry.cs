using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Published;

/// <summary>Values that one source has published for one model.</summary>
public abstract record PublishedEntry
{
    public required PublishedHeading Heading { get; init; }

    /// <summary>What its values are, in the words of the file.</summary>
    public abstract string Kind { get; }

    /// <summary>How many values there are.</summary>
    public abstract int Count { get; }

    /// <summary>Compares the values with what a model gives.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="cancellation">Checked now and then.</param>
    public CheckedEntry Check(CheckSubject subject, CancellationToken cancellation = default)
    {
        try
        {
            var values = Compare(subject, cancellation);
            return new(this, Heading.Doubt.Length == 0 ? values : [.. values.Select(Doubted)]);
        }
        catch (InvalidInputException e)
        {
            return new(this, [], e.Message);
        }
    }

    /// <summary>Every value beside the computed one.</summary>
    /// <exception cref="InvalidInputException">The model can't be asked, for the reason that is said.</exception>
    protected abstract ImmutableArray<CheckedValue> Compare(CheckSubject subject, CancellationToken cancellation);

    /// <summary>A number beside the computed one.</summary>
    protected CheckedValue Number(string place, double expected, double computed, CheckSubject subject, PrecisionAllowance allowance)
    {
        var allowed = Heading.Tolerance.Allowed(expected, Heading.Precision, subject.Precision, allowance);
        var (printed, longer) = Heading.Tolerance.Decimals is { } decimals ? ($"F{decimals}", $"F{decimals + 2}") : ("R", "G9");
        return new(
            place,
            expected.ToString(printed, CultureInfo.InvariantCulture),
            computed.ToString(longer, CultureInfo.InvariantCulture),
            Math.Abs(computed - expected) <= allowed ? CheckVerdict.Within : CheckVerdict.Outside)
        {
            Difference = computed - expected,
            Allowed = allowed,
        };
    }

    /// <summary>The place of one of several values.</summary>
    protected static string Nth(string what, int index, int count) => count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"{what} {index}");

    private CheckedValue Doubted(CheckedValue value) => value.Verdict == CheckVerdict.Outside
        ? value with { Verdict = CheckVerdict.Warning, Remark = value.Remark.Length == 0 ? Heading.Doubt : $"{value.Remark}; {Heading.Doubt}" }
        : value;
}
