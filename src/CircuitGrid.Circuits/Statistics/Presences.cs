namespace CircuitGrid.Circuits.Statistics;

/// <summary>Intervals held against a threshold.</summary>
public static class Presences
{
    /// <summary>Which side of a threshold an interval lies on; an interval whose ends are no numbers lies on neither.</summary>
    public static Presence Of(Interval interval, double threshold) =>
        interval.Low > threshold ? Presence.With : interval.High < threshold ? Presence.Without : Presence.Undetermined;
}
