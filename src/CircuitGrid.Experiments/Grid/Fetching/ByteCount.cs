using System.Globalization;

namespace CircuitGrid.Experiments.Grid.Fetching;

/// <summary>Amounts of bytes for people, in the units of disks and networks: 1 MB is a million bytes.</summary>
public static class ByteCount
{
    private static readonly string[] s_units = ["bytes", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>An amount in three digits: <c>375 MB</c>, <c>1.51 GB</c>.</summary>
    public static string Of(long bytes)
    {
        var unit = UnitOf(bytes);
        return $"{In(bytes, unit)} {s_units[unit]}";
    }

    /// <summary>A part of an amount, in the amount's unit: <c>120 of 375 MB</c>.</summary>
    public static string Of(long part, long whole)
    {
        var unit = UnitOf(whole);
        return $"{In(part, unit)} of {In(whole, unit)} {s_units[unit]}";
    }

    private static int UnitOf(long bytes)
    {
        var unit = 0;
        for (var value = (double)bytes; value >= 999.5 && unit < s_units.Length - 1; value /= 1000)
        {
            unit++;
        }

        return unit;
    }

    private static string In(long bytes, int unit)
    {
        var value = bytes / Math.Pow(1000, unit);
        return unit == 0 || value >= 99.95 ? value.ToString("0", CultureInfo.InvariantCulture)
            : value >= 9.995 ? value.ToString("0.0", CultureInfo.InvariantCulture)
            : value.ToString("0.00", CultureInfo.InvariantCulture);
    }
}
