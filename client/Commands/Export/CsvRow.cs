using System.Globalization;

namespace CircuitGrid.Client.Commands;

/// <summary>A line of comma-separated values (RFC 4180): numbers in full and with a point, nothing for what is no number.</summary>
internal static class CsvRow
{
    public static string Of(params ReadOnlySpan<object?> fields)
    {
        var texts = new string[fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            texts[i] = fields[i] switch
            {
                double number when double.IsNaN(number) => "",
                double number when double.IsInfinity(number) => number > 0 ? "inf" : "-inf",
                bool flag => flag ? "true" : "false",
                string text => Quoted(text),
                IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
                _ => "",
            };
        }

        return string.Join(',', texts);
    }

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
