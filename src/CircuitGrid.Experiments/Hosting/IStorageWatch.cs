using System.Globalization;

namespace CircuitGrid.Experiments.Hosting;

/// <summary>Whether the storage of a host answers.</summary>
public interface IStorageWatch
{
    /// <summary>The outage that lasts; <see langword="null"/> while storage answers.</summary>
    StorageOutage? Outage { get; }
}

/// <summary>Storage that doesn't answer.</summary>
/// <param name="Since">When it was first found so.</param>
/// <param name="Reason">What it said last, for people, in one line, without a secret.</param>
public sealed record StorageOutage(DateTimeOffset Since, string Reason)
{
    /// <summary>The outage as experiments that wait for its end tell it to people.</summary>
    public string Notice => string.Create(CultureInfo.InvariantCulture, $"storage hasn't answered since {Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC: {Reason}");
}
