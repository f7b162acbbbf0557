using System.Collections.Concurrent;
using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Tests.Grid.Fetching;

/// <summary>Weights that are fetched ahead of the analysis: their order, how many at a time, and how much of the disk they take.</summary>
public sealed class FetchAheadTests
{
    private readonly FakeHub hub = new();
    private readonly ConcurrentDictionary<int, bool> closed = new();

    [Fact]
    public async Task Fetch_InThePlansOrder_KeepsToItsNumber()
    {
        var (plan, _) = Plan(sizes: [1, 1, 1, 1, 1, 1]);
        var started = new ConcurrentQueue<string>();
        var gate = new SemaphoreSlim(0);
        hub.Transfer = async (file, cancel) =>
        {
            started.Enqueue(hub.NameOf(file));
            await gate.WaitAsync(cancel);
        };
        var fetching = Make(new() { AtATime = 3, Keep = FetchOptions.KeepAll });
        var run = fetching.RunAsync(plan, IsOpen, CancellationToken.None);
        await UntilAsync(() => started.Count == 3);
        await Task.Delay(50);
        Assert.Equal(["0", "1", "2"], started.Order(StringComparer.Ordinal));

        gate.Release();
        await UntilAsync(() => started.Count == 4);
        Assert.Equal("3", started.Last());
        gate.Release(100);
        await run;
        Assert.Equal(6, started.Count);
    }

    /// <summary>Sizes of 10 under a limit of 25: two are there at a time, and the third comes when the first is done.</summary>
    [Fact]
    public async Task Fetch_BeyondTheLimit_WaitsUntilSomethingIsDone()
    {
        var (plan, files) = Plan(sizes: [10, 10, 10, 10]);
        var fetching = Make(new() { AtATime = 4, Keep = 25 });
        var run = fetching.RunAsync(plan, IsOpen, CancellationToken.None);
        using (await fetching.UseAsync(plan.Checkpoints[0], CancellationToken.None))
        {
            await UntilAsync(() => hub.Log.Count == 2);
            await Task.Delay(50);
            Assert.Equal(["+0", "+1"], hub.Log);
            Close(fetching, plan, 0);
            await Task.Delay(50);

            // it is done, and somebody still reads it
            Assert.Equal(["+0", "+1"], hub.Log);
        }

        await UntilAsync(() => hub.Log.Count == 4);
        Assert.Equal(["+0", "+1", "-0", "+2"], hub.Log);
        Close(fetching, plan, 1);
        await UntilAsync(() => hub.Log.Contains("+3", StringComparer.Ordinal));
        await run;
        Assert.Equal(20, hub.HeldBytes(files));
    }

    /// <summary>Where what is there is somebody else's to finish, the run doesn't stand still for the sake of the limit.</summary>
    [Fact]
    public async Task Fetch_WhatTheRunWaitsFor_ComesOverTheLimit()
    {
        var (plan, _) = Plan(sizes: [10, 10, 10]);
        var fetching = Make(new() { AtATime = 1, Keep = 20 });
        var run = fetching.RunAsync(plan, IsOpen, CancellationToken.None);
        await UntilAsync(() => hub.Log.Count == 2);
        using var use = await fetching.UseAsync(plan.Checkpoints[2], CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["+0", "+1", "+2"], hub.Log);
        await run;
    }

    [Fact]
    public async Task Fetch_WhatOthersPutThere_RemovesNoneOfIt()
    {
        var (plan, files) = Plan(sizes: [10, 10, 10, 10]);
        hub.Put(files[0]);
        hub.Foreign.Add(files[0].Digest);
        var fetching = Make(new() { AtATime = 1, Keep = 10 });
        var run = fetching.RunAsync(plan, IsOpen, CancellationToken.None);
        for (var i = 0; i < 4; i++)
        {
            using (await fetching.UseAsync(plan.Checkpoints[i], CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20)))
            {
                Close(fetching, plan, i);
            }
        }

        await run;
        Assert.Equal(["+1", "-1", "+2", "-2", "+3"], hub.Log);
        Assert.True(hub.IsHere(null!, files[0]));
    }

    /// <summary>Equal files are fetched once, and stay until all checkpoints that have them are done.</summary>
    [Fact]
    public async Task Fetch_EqualFiles_AreOne()
    {
        var (plan, _) = Plan(sizes: [10, 10, 10], bytes: ["same", "other", "same"]);
        var fetching = Make(new() { AtATime = 1, Keep = 20 });
        var run = fetching.RunAsync(plan, IsOpen, CancellationToken.None);
        await UntilAsync(() => hub.Log.Count == 2);
        await run;
        Close(fetching, plan, 0);
        Close(fetching, plan, 1);
        Assert.Equal(["+0", "+1"], hub.Log);
    }

    [Fact]
    public async Task Fetch_OfOneThatFails_FailsItsUserAlone()
    {
        var (plan, _) = Plan(sizes: [1, 1, 1]);
        hub.Transfer = (file, _) => hub.NameOf(file) == "1" ? throw new InvalidInputException("1", "has another digest") : Task.CompletedTask;
        var fetching = Make(new() { AtATime = 2, Keep = FetchOptions.KeepAll });
        await fetching.RunAsync(plan, IsOpen, CancellationToken.None);
        (await fetching.UseAsync(plan.Checkpoints[0], CancellationToken.None)).Dispose();
        Assert.Equal("has another digest", (await Assert.ThrowsAsync<InvalidInputException>(() => fetching.UseAsync(plan.Checkpoints[1], CancellationToken.None))).Reason);
        (await fetching.UseAsync(plan.Checkpoints[2], CancellationToken.None)).Dispose();
    }

    [Fact]
    public async Task Fetch_OfARunThatEnds_EndsWithIt()
    {
        var (plan, _) = Plan(sizes: [1, 1, 1]);
        hub.Transfer = (_, cancel) => Task.Delay(Timeout.Infinite, cancel);
        using var stop = new CancellationTokenSource();
        var fetching = Make(new());
        var run = fetching.RunAsync(plan, IsOpen, stop.Token);
        var use = fetching.UseAsync(plan.Checkpoints[2], CancellationToken.None);
        await stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(20));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => use);
    }

    /// <summary>Any sizes, limits, owners and pace: everything comes once, and the disk holds no more than it may but for what the run waits for.</summary>
    [Fact]
    public async Task Fetch_InAnyCase_ComesToItsEndWithinTheLimit()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var fresh = new FakeHub { Transfer = async (_, _) => await Task.Yield() };
            long[] sizes = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => (long)random.Next(1, 20))];
            var (plan, files) = Plan(sizes, [.. sizes.Select((_, i) => random.Next(4) == 0 ? "same" + sizes[i] : "own" + i)]);
            var done = new ConcurrentDictionary<int, bool>();
            var options = new FetchOptions { AtATime = random.Next(1, 4), Keep = random.Next(1, 60) };
            var fetching = new FetchAhead(fresh, options, (_, _) => { }, TimeProvider.System);
            var limit = options.Limit(fresh.FreeBytes, held: 0, sizes.Max());
            var most = 0L;
            fresh.Transfer = async (_, _) =>
            {
                await Task.Yield();
                most = Math.Max(most, fresh.HeldBytes(files));
            };
            var run = fetching.RunAsync(plan, c => !done.ContainsKey(c.Step), CancellationToken.None);
            for (var i = 0; i < sizes.Length; i++)
            {
                if (done.ContainsKey(i))
                {
                    continue;
                }

                using (await fetching.UseAsync(plan.Checkpoints[i], CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)))
                {
                    await Task.Yield();
                    foreach (var (j, _) in files.Index().Where(f => f.Item.Digest == files[i].Digest))
                    {
                        // as a run does, which has their results then
                        done[j] = true;
                        fetching.Done(plan.Checkpoints[j]);
                    }
                }
            }

            await run.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.True(fresh.HeldBytes(files) <= limit, $"seed {seed}");
            Assert.True(most <= limit, $"seed {seed}: {most} of {limit}");
            Assert.Equal(files.DistinctBy(f => f.Digest).Count(), fresh.Log.Count(l => l[0] == '+'));
        }
    }

    [Theory]
    [InlineData(null, 1000, 0, 10, 100)]
    [InlineData(null, 1000, 500, 10, 150)]
    [InlineData(null, 100, 0, 40, 80)]
    [InlineData(30L, 1000, 0, 10, 30)]
    [InlineData(5L, 1000, 0, 10, 10)]
    [InlineData(FetchOptions.KeepAll, 1000, 0, 10, FetchOptions.KeepAll)]
    public void Limit_IsATenthOfTheFreeDiskAndRoomForTwo(long? keep, long free, long held, long largest, long expected) =>
        Assert.Equal(expected, new FetchOptions { Keep = keep }.Limit(free, held, largest));

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(999, "999 bytes")]
    [InlineData(1000, "1.00 kB")]
    [InlineData(374_998_512, "375 MB")]
    [InlineData(999_400, "999 kB")]
    [InlineData(999_600, "1.00 MB")]
    [InlineData(12_345_678, "12.3 MB")]
    [InlineData(1_512_000_000, "1.51 GB")]
    [InlineData(long.MaxValue, "9223 PB")]
    public void Bytes_ForPeople_HaveThreeDigits(long bytes, string expected) => Assert.Equal(expected, ByteCount.Of(bytes));

    private FetchAhead Make(FetchOptions options) => new(hub, options, (_, _) => { }, TimeProvider.System);

    private bool IsOpen(PlannedCheckpoint checkpoint) => !closed.ContainsKey(checkpoint.Step);

    private void Close(FetchAhead fetching, GridPlan plan, int index)
    {
        closed[index] = true;
        fetching.Done(plan.Checkpoints[index]);
    }

    /// <summary>A plan of checkpoints of one file each, which is called as the checkpoint is numbered.</summary>
    private (GridPlan Plan, ImmutableArray<HubFile> Files) Plan(long[] sizes, string[]? bytes = null)
    {
        var repository = new HubRepositoryFolder(Path.GetTempPath(), "org/name");
        ImmutableArray<HubFile> files = [.. sizes.Select((size, i) => FakeHub.File("model.safetensors", size, bytes?[i] ?? $"{i}"))];
        foreach (var (i, file) in files.Index())
        {
            hub.Names.TryAdd(file.Digest, $"{i}");
        }

        var checkpoints = files.Select((file, i) =>
        {
            var snapshot = new HubSnapshot(repository, FakeHub.Commit);
            var tree = new HubTree("test", [file]);
            var suite = SuiteFolder.OfOne("hf:org/name", "name", "name", new(i, snapshot.Folder, "step", new(i, null, TokensKnown.Unknown)) { Hub = snapshot }, snapshot.Folder, []);
            var cell = new PlannedCell { Id = new("name", "name", i, "ioi"), Tokens = i, Action = CellAction.Run, Reason = PlanReason.New, Why = "new" };
            return new PlannedCheckpoint(suite.Models[0], i, Info: null, [cell]) { Hub = new(snapshot, tree), Weights = WeightKind.Safetensors };
        });
        var spec = new ExperimentSpec { Name = "test", Suite = "hf:org/name", Tasks = [new("ioi")] };
        ImmutableArray<PlannedCheckpoint> all = [.. checkpoints];
        return (new(spec, null!, all, [], 1, 1), files);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 2000 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }
}
