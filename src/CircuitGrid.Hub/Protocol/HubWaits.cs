using System.Globalization;
using System.Text.RegularExpressions;

namespace CircuitGrid.Hub.Protocol;

/// <summary>How long the hub asks to wait.</summary>
internal static partial class HubWaits
{
    /// <summary>
    /// The wait that an answer asks for: <c>RateLimit: "api";r=0;t=55</c> says that no request is left and more come in 55 s, <c>Retry-After</c> says seconds or a time.
    /// </summary>
    public static TimeSpan? Of(HttpResponseMessage answer, DateTimeOffset now)
    {
        if (HubHeaders.Find(answer, "RateLimit") is { } limit && SpentWindow().Match(limit) is { Success: true } window)
        {
            return Seconds(window.Groups["seconds"].Value) + TimeSpan.FromSeconds(1);
        }

        if (HubHeaders.Find(answer, "Retry-After") is not { } after)
        {
            return null;
        }

        if (after.Length > 0 && after.All(char.IsAsciiDigit))
        {
            return Seconds(after);
        }

        return DateTimeOffset.TryParseExact(after, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? TimeSpan.FromTicks(Math.Max(0, (time - now).Ticks))
            : null;
    }

    /// <summary>Any number of digits: what is longer than a year is a year.</summary>
    private static TimeSpan Seconds(string digits) =>
        TimeSpan.FromSeconds(int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? Math.Min(seconds, 31_536_000) : 31_536_000);

    [GeneratedRegex(@";\s*r=0\s*;\s*t=(?<seconds>[0-9]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SpentWindow();
}
