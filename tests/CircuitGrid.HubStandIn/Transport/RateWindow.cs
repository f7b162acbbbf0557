using System.Globalization;

namespace CircuitGrid.HubStandIn.Transport;

/// <summary>A fixed window of requests, as the hub has one for listings and one for files.</summary>
/// <param name="name">Name in the headers: <c>api</c>, <c>resolvers</c>.</param>
/// <param name="quota">Requests in a window.</param>
/// <param name="length">Length of a window.</param>
internal sealed class RateWindow(string name, int quota, TimeSpan length, TimeProvider time)
{
    private readonly Lock gate = new();
    private long start = time.GetTimestamp();
    private int taken;

    /// <summary>The RateLimit-Policy header.</summary>
    public string Policy { get; } = string.Create(CultureInfo.InvariantCulture, $"\"fixed window\";\"{name}\";q={quota};w={length.TotalSeconds:0}");

    /// <summary>Counts a request; says whether it is within the quota, and the RateLimit header.</summary>
    public (bool Within, string Header) Take()
    {
        lock (gate)
        {
            var age = time.GetElapsedTime(start);
            if (age >= length)
            {
                start = time.GetTimestamp();
                age = TimeSpan.Zero;
                taken = 0;
            }

            var within = taken < quota;
            taken += within ? 1 : 0;
            return (within, Header(quota - taken, length - age));
        }
    }

    /// <summary>The RateLimit header of so many requests left, and so long until there are more.</summary>
    public string Header(int left, TimeSpan until) => string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={left};t={Math.Ceiling(until.TotalSeconds):0}");
}
