using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.HubStandIn.Tests;

internal static class ManualTimeExtensions
{
    /// <summary>Moves a clock step by step until something has ended, since nobody can tell when a timer was set; says how far it was moved.</summary>
    public static async Task<TimeSpan> UntilAsync(this ManualTime time, Task end, TimeSpan step, Action<TimeSpan>? look = null)
    {
        var moved = TimeSpan.Zero;
        for (var i = 0; i < 3000 && !end.IsCompleted; i++)
        {
            look?.Invoke(moved);
            moved += step;
            time.Advance(step);
            await Task.WhenAny(end, Task.Delay(10));
        }

        await end.WaitAsync(TimeSpan.FromSeconds(1));
        return moved;
    }
}
