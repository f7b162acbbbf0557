using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace CircuitGrid.Compute.Cpu.Threading;

/// <summary>
/// Threads that stand by to help a caller through the items of one loop. The caller takes part; a call that finds the helpers busy
/// (another caller's loop, or a loop within a loop) runs on its own thread alone. Which thread runs an item is not determined,
/// so items must not depend on each other.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    /// <summary>How long an idle helper watches for the next loop before it sleeps: about the gap between two kernels of a forward pass.</summary>
    private static readonly long WatchTicks = Stopwatch.Frequency / 25_000;

    /// <summary>Bit of <see cref="gate"/> that lets helpers in; the bits below count those inside.</summary>
    private const int Open = 1 << 30;

    private readonly object sleep = new();
    private readonly Thread[] helpers;

    private Action<int> work = static _ => { };
    private int count;
    private int next;
    private ExceptionDispatchInfo? failure;

    private int busy;
    private int gate;
    private int generation;
    private int sleeping;
    private volatile bool stopping;

    /// <param name="threads">Threads that compute, the caller's included.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        helpers = new Thread[threads - 1];
        for (var i = 0; i < helpers.Length; i++)
        {
            helpers[i] = new Thread(Help) { IsBackground = true, Name = $"CpuDevice {i + 1}" };
            helpers[i].Start();
        }
    }

    /// <summary>Calls <paramref name="body"/> once for every number below <paramref name="items"/>; returns when all are done.</summary>
    /// <exception cref="Exception">The first exception of an item, after which no further item is begun.</exception>
    public void Run(int items, Action<int> body)
    {
        if (items <= 1 || helpers.Length == 0 || Interlocked.CompareExchange(ref busy, 1, 0) != 0)
        {
            for (var i = 0; i < items; i++)
            {
                body(i);
            }

            return;
        }

        work = body;
        count = items;
        next = 0;
        failure = null;

        // The gate opens before the generation changes: a helper that sees the new generation must find it open.
        Interlocked.Or(ref gate, Open);
        Interlocked.Increment(ref generation);
        if (Volatile.Read(ref sleeping) > 0)
        {
            lock (sleep)
            {
                Monitor.PulseAll(sleep);
            }
        }

        TakeItems();
        Interlocked.And(ref gate, ~Open);
        var wait = default(SpinWait);
        while (Volatile.Read(ref gate) != 0)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }

        var thrown = failure;
        work = static _ => { };
        Volatile.Write(ref busy, 0);
        thrown?.Throw();
    }

    /// <summary>Ends the helpers. No loop may be running.</summary>
    public void Dispose()
    {
        stopping = true;
        lock (sleep)
        {
            Interlocked.Increment(ref generation);
            Monitor.PulseAll(sleep);
        }

        foreach (var helper in helpers)
        {
            helper.Join();
        }
    }

    private void TakeItems()
    {
        try
        {
            for (var i = Interlocked.Increment(ref next) - 1; i < count; i = Interlocked.Increment(ref next) - 1)
            {
                work(i);
            }
        }
#pragma warning disable CA1031 // whatever an item throws belongs to the caller of the loop
        catch (Exception e)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
            Volatile.Write(ref next, count);
        }
    }

    private void Help()
    {
        var seen = 0;
        while (true)
        {
            seen = NextGeneration(seen);
            if (stopping)
            {
                return;
            }

            if (TryEnter())
            {
                TakeItems();
                Interlocked.Decrement(ref gate);
            }
        }
    }

    private int NextGeneration(int seen)
    {
        var deadline = Stopwatch.GetTimestamp() + WatchTicks;
        while (Stopwatch.GetTimestamp() < deadline)
        {
            var current = Volatile.Read(ref generation);
            if (current != seen)
            {
                return current;
            }

            Thread.SpinWait(4);
        }

        lock (sleep)
        {
            // A caller changes the generation and then looks for sleepers; this thread does it the other way round, so one sees the other.
            Interlocked.Increment(ref sleeping);
            while (Volatile.Read(ref generation) == seen)
            {
                Monitor.Wait(sleep);
            }

            Interlocked.Decrement(ref sleeping);
            return Volatile.Read(ref generation);
        }
    }

    private bool TryEnter()
    {
        var current = Volatile.Read(ref gate);
        while ((current & Open) != 0)
        {
            var before = Interlocked.CompareExchange(ref gate, current + 1, current);
            if (before == current)
            {
                return true;
            }

            current = before;
        }

        return false;
    }
}
