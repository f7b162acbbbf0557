using System.Globalization;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>Whole numbers in fields of tables.</summary>
internal static class CsvNumber
{
    /// <summary>Reads <c>17</c>, <c>-3</c> or <c>17.0</c>, as pandas writes whole numbers of a column that once had none.</summary>
    public static bool TryParse(string field, out int number)
    {
        number = 0;
        var text = field.Trim();
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var (whole, rest) = point < 0 ? (text, "") : (text[..point], text[(point + 1)..]);
        return !text.Contains('\0', StringComparison.Ordinal)
            && rest.All(c => c == '0')
            && int.TryParse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }
}
