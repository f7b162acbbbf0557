namespace CircuitGrid.Client.Tests.Hub;

/// <summary>A clock whose pauses are over in a three-hundredth of their time: a minute is a fifth of a second.</summary>
internal sealed class HastyTime : TimeProvider
{
    private const int Haste = 300;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(callback, state, Hasten(dueTime), Hasten(period));

    private static TimeSpan Hasten(TimeSpan time) => time > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Max(1, time.TotalMilliseconds / Haste)) : time;
}
