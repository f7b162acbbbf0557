using System.Runtime.CompilerServices;

namespace CircuitGrid.Compute;

/// <summary>The text of a failed check; nothing is formatted where the check holds, because kernels are called often and rarely wrongly.</summary>
[InterpolatedStringHandler]
internal ref struct Complaint
{
    private DefaultInterpolatedStringHandler text;

    public Complaint(int literalLength, int formattedCount, bool holds, out bool isNeeded)
    {
        isNeeded = !holds;
        text = isNeeded ? new(literalLength, formattedCount, System.Globalization.CultureInfo.InvariantCulture) : default;
    }

    public void AppendLiteral(string value) => text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

    public string Finish() => text.ToStringAndClear();
}
