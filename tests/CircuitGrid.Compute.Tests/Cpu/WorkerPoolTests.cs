using CircuitGrid.Compute.Cpu.Threading;

namespace CircuitGrid.Compute.Tests.Cpu;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_ManyLoops_EveryItemOnce(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (var loop = 0; loop < 2000; loop++)
        {
            var items = loop % 23;
            var counts = new int[items];
            pool.Run(items, i => Interlocked.Increment(ref counts[i]));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Run_AfterTheHelpersFellAsleep_EveryItemOnce()
    {
        using var pool = new WorkerPool(3);
        for (var loop = 0; loop < 20; loop++)
        {
            Thread.Sleep(2);
            var counts = new int[50];
            pool.Run(50, i => Interlocked.Increment(ref counts[i]));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Run_SeveralCallersAndLoopsWithinLoops_EveryItemOnce()
    {
        using var pool = new WorkerPool(3);
        var counts = new int[4, 200, 7, 5];
        Parallel.For(0, 4, caller =>
        {
            for (var loop = 0; loop < 200; loop++)
            {
                pool.Run(7, i => pool.Run(5, j => Interlocked.Increment(ref counts[caller, loop, i, j])));
            }
        });
        Assert.All(counts.Cast<int>(), count => Assert.Equal(1, count));
    }

    [Fact]
    public void Run_SeveralThreads_TakePart()
    {
        using var pool = new WorkerPool(3);
        using var together = new Barrier(3);

        // Each item waits for the two others, which only other threads can be running.
        pool.Run(3, _ => Assert.True(together.SignalAndWait(TimeSpan.FromSeconds(30))));
    }

    [Fact]
    public void Run_ItemThrows_CallerSeesItAndThePoolGoesOn()
    {
        using var pool = new WorkerPool(2);
        for (var loop = 0; loop < 50; loop++)
        {
            var thrown = Assert.Throws<InvalidOperationException>(() => pool.Run(100, i => throw new InvalidOperationException("item")));
            Assert.Equal("item", thrown.Message);
        }

        var sum = 0;
        pool.Run(100, i => Interlocked.Add(ref sum, i));
        Assert.Equal(4950, sum);
    }
}
