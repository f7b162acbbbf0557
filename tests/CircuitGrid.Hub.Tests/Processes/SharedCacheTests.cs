using System.Diagnostics;
using CircuitGrid.Hub.Tests.Hubs;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Tests.Processes;

/// <summary>Real processes on one cache, some of them killed, and one that isn't this program's.</summary>
public sealed class SharedCacheTests
{
    private const string Weights = "model.safetensors";

    [Fact]
    public async Task Fetch_ByThreeProcesses_ReadsTheFileOnce()
    {
        await using var hub = await TestHub.StartAsync(new() { BytesPerSecond = 200_000 });
        using var store = hub.Store();
        var snapshot = hub.Snapshot(store);
        var processes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => FetchProcess.StartAsync(hub.Server.Endpoint, snapshot, Weights)));
        foreach (var process in processes)
        {
            await process.StandardInput.WriteLineAsync();
        }

        foreach (var process in processes)
        {
            await process.WaitForExitAsync();
            Assert.Equal(0, process.ExitCode);
            process.Dispose();
        }

        Assert.Equal(300_000, hub.Server.Requests.LargeBytes);
        Assert.Single(hub.Server.Requests.Of(RequestKind.Large));
        Assert.Equal(TestHub.Weights, await File.ReadAllBytesAsync(Path.Combine(snapshot.Folder, Weights)));
    }

    /// <summary>The lock of a killed process is free, its partial file never counts and is removed by the next one that fetches the file.</summary>
    [Fact]
    public async Task Fetch_AfterAKilledProcess_IsWholeAndLeavesNoPartialFile()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Stall(TimeSpan.FromMinutes(5), after: 200_000), RequestKind.Large);
        using var store = hub.Store();
        var (snapshot, file) = await FileAsync(hub, store);
        using (var process = await FetchProcess.StartAsync(hub.Server.Endpoint, snapshot, Weights))
        {
            await process.StandardInput.WriteLineAsync();
            await UntilAsync(() => Partials(snapshot).Any());
            process.Kill();
            await process.WaitForExitAsync();
        }

        Assert.Single(Partials(snapshot));
        Assert.False(store.IsHere(snapshot, file));
        Assert.False(File.Exists(snapshot.Repository.Blob(file.Digest)));

        await store.FetchAsync(snapshot, file, null, CancellationToken.None);

        Assert.Empty(Partials(snapshot));
        Assert.Empty(Directory.EnumerateFiles(snapshot.Repository.Partials));
        Assert.Equal(TestHub.Weights, await File.ReadAllBytesAsync(snapshot.PathOf(file)));
    }

    /// <summary>Partial files that others made stay: nobody here knows whether their writers live. So does one of this program whose writer lives.</summary>
    [Fact]
    public async Task Fetch_LeavesOthersPartialFiles()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Stall(TimeSpan.FromMinutes(5), after: 200_000), RequestKind.Large);
        using var store = hub.Store();
        var (snapshot, _) = await FileAsync(hub, store);
        var small = (await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None)).Find("config.json")!;
        Directory.CreateDirectory(snapshot.Repository.Blobs);
        var others = Path.Combine(snapshot.Repository.Blobs, small.Digest + ".0123abcd.incomplete");
        await File.WriteAllTextAsync(others, "{");
        File.SetLastWriteTimeUtc(others, DateTime.UtcNow.AddDays(-30));
        using var process = await FetchProcess.StartAsync(hub.Server.Endpoint, snapshot, Weights);
        await process.StandardInput.WriteLineAsync();
        await UntilAsync(() => Partials(snapshot).Count() == 2);

        await store.FetchAsync(snapshot, small, null, CancellationToken.None);

        Assert.Equal(2, Partials(snapshot).Count());
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Nobody here knows whether a process of another machine lives: what it has done nothing to for a day is removed, other partial files stay.</summary>
    [Theory]
    [InlineData(0.9, true)]
    [InlineData(1.1, false)]
    public async Task Fetch_RemovesPartialFilesOfOtherMachines_AfterADay(double days, bool stays)
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        var (snapshot, file) = await FileAsync(hub, store);
        Directory.CreateDirectory(snapshot.Repository.Blobs);
        Directory.CreateDirectory(snapshot.Repository.Partials);
        var name = new string('a', 64) + ".0123abcd.incomplete";
        await File.WriteAllTextAsync(Path.Combine(snapshot.Repository.Partials, name), "another-machine\n1\n");
        await File.WriteAllTextAsync(Path.Combine(snapshot.Repository.Blobs, name), "part");
        File.SetLastWriteTimeUtc(Path.Combine(snapshot.Repository.Blobs, name), DateTime.UtcNow.AddDays(-days));

        await store.FetchAsync(snapshot, file, null, CancellationToken.None);

        Assert.Equal(stays, Partials(snapshot).Any());
        Assert.Equal(stays, File.Exists(Path.Combine(snapshot.Repository.Partials, name)));
        Assert.True(store.IsHere(snapshot, file));
    }

    /// <summary>flock(1) takes the lock as Python's filelock does: by flock(2).</summary>
    [Fact]
    public async Task Fetch_WaitsForAnotherProgramsLock_AndCanBeCancelled()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "flock(1) isn't installed");
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        var (snapshot, file) = await FileAsync(hub, store);
        var path = snapshot.Repository.Lock(file.Digest);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var holder = Process.Start(new ProcessStartInfo("/usr/bin/flock", [path, "sh", "-c", "echo held; read line"]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync());

        using (var cancellation = new CancellationTokenSource())
        {
            var cancelled = store.FetchAsync(snapshot, file, null, cancellation.Token);
            await UntilAsync(() => hub.Notices.Count == 1);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        }

        var waiting = store.FetchAsync(snapshot, file, null, CancellationToken.None);
        await UntilAsync(() => hub.Notices.Count == 2);
        Assert.Equal($"Waiting for hf:lab/tiny@{snapshot.Commit}: model.safetensors, which is being fetched already.", hub.Notices[1]);
        Assert.Empty(hub.Server.Requests.Of(RequestKind.Resolve));
        await holder.StandardInput.WriteLineAsync();
        await waiting;
        await holder.WaitForExitAsync();
        Assert.True(store.IsHere(snapshot, file));
    }

    /// <summary>And the other way round: while this program fetches, flock(1) gets no lock.</summary>
    [Fact]
    public async Task Lock_IsHeldWhileAFileIsFetched()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "flock(1) isn't installed");
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Stall(TimeSpan.FromMinutes(5), after: 200_000), RequestKind.Large);
        using var store = hub.Store();
        var (snapshot, file) = await FileAsync(hub, store);
        using var cancellation = new CancellationTokenSource();
        var fetching = store.FetchAsync(snapshot, file, null, cancellation.Token);
        await UntilAsync(() => Partials(snapshot).Any());

        Assert.Equal(1, await TryLockAsync(snapshot.Repository.Lock(file.Digest)));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        Assert.Equal(0, await TryLockAsync(snapshot.Repository.Lock(file.Digest)));
    }

    private static async Task<int> TryLockAsync(string path)
    {
        using var process = Process.Start("/usr/bin/flock", ["--nonblock", path, "true"]);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static IEnumerable<string> Partials(HubSnapshot snapshot) =>
        Directory.Exists(snapshot.Repository.Blobs) ? Directory.EnumerateFiles(snapshot.Repository.Blobs, "*.incomplete") : [];

    private static async Task<(HubSnapshot Snapshot, HubFile File)> FileAsync(TestHub hub, Hub.Cache.HubStore store)
    {
        var snapshot = hub.Snapshot(store);
        return (snapshot, (await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None)).Find(Weights)!);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!isSo())
        {
            await Task.Delay(10, patience.Token);
        }
    }
}
