using System.Runtime.CompilerServices;

namespace CircuitGrid.Experiments.Hosting;

/// <summary>
/// The latest events of an experiment, for any number of followers. Each only remembers which event it heard last, so that a slow one takes
/// no memory: what it misses of the ring, it misses.
/// </summary>
/// <param name="capacity">Events to remember.</param>
public sealed class EventLog(int capacity)
{
    private readonly Lock gate = new();
    private readonly HostedEvent[] ring = new HostedEvent[capacity];
    private TaskCompletionSource news = Signal();
    private bool ended;

    /// <summary>Number of the last event; 0 before the first.</summary>
    public long Last { get; private set; }

    /// <summary>Adds an event.</summary>
    /// <param name="make">Makes the event of a number.</param>
    public HostedEvent Add(Func<long, HostedEvent> make)
    {
        HostedEvent added;
        TaskCompletionSource heard;
        lock (gate)
        {
            added = make(Last + 1);
            ring[(int)(Last % capacity)] = added;
            Last++;
            (heard, news) = (news, Signal());
        }

        heard.SetResult();
        return added;
    }

    /// <summary>Lets followers go once they have heard of everything.</summary>
    public void End()
    {
        TaskCompletionSource heard;
        lock (gate)
        {
            ended = true;
            (heard, news) = (news, Signal());
        }

        heard.SetResult();
    }

    /// <summary>The events after one, as they come, until the log ends.</summary>
    /// <param name="after">Number of the last event heard; what is no longer remembered is passed over.</param>
    /// <param name="cancellation">Ends the listening.</param>
    public async IAsyncEnumerable<HostedEvent> FollowAsync(long after, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (true)
        {
            HostedEvent? next;
            Task wait;
            lock (gate)
            {
                after = Math.Max(after, Last - capacity);
                next = after < Last ? ring[(int)(after % capacity)] : null;
                if (next is null && ended)
                {
                    yield break;
                }

                wait = news.Task;
            }

            if (next is null)
            {
                await wait.WaitAsync(cancellation);
                continue;
            }

            after = next.Sequence;
            cancellation.ThrowIfCancellationRequested();
            yield return next;
        }
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
