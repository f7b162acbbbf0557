using System.Globalization;

namespace CircuitGrid.Experiments.Specification;

/// <summary>Amounts of memory as people write them.</summary>
public static class ByteSize
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("B", 1),
    ];

    /// <summary>Reads <c>512MiB</c>, <c>2 GB</c>, <c>1.5GiB</c> or a plain number of bytes; at least one byte, less than 2⁶⁰.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        var trimmed = text.Trim();
        (string unit, long factor) = Units.FirstOrDefault(u => trimmed.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase), (Unit: "", Bytes: 1L));
        var digits = trimmed[..^unit.Length].TrimEnd();
        bytes = 0;
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var amount = number * factor;
        if (amount is not (>= 1 and < 1L << 60))
        {
            return false;
        }

        bytes = (long)amount;
        return true;
    }

    /// <summary>A size with three digits and a binary unit: <c>1.25 GiB</c>.</summary>
    public static string Format(long bytes)
    {
        foreach (var (unit, size) in Units.Take(4).Reverse())
        {
            if (bytes >= size)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / size:G3} {unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
    }
}
