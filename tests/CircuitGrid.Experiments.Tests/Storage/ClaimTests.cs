using System.Diagnostics;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Storage;

public sealed class ClaimTests : IDisposable
{
    private static readonly CellKey[] keys = [.. Enumerable.Range(0, 5).Select(i => CellKey.Of($"cell {i}"))];

    private readonly FakeSuite files = new();
    private readonly ManualTime time = new();
    private readonly SqliteCellStore store;

    public ClaimTests() => store = SqliteCellStore.Open(files.StorePath, time);

    public void Dispose()
    {
        store.Dispose();
        files.Dispose();
    }

    [Fact]
    public async Task Claim_TwoSessions_NeverShareACell()
    {
        var (a, b) = (ClaimOwner.Create(), ClaimOwner.Create());
        Assert.Equal(keys[..3].ToHashSet(), await store.ClaimAsync(a, keys[..3]));
        Assert.Equal(keys[3..].ToHashSet(), await store.ClaimAsync(b, keys));
        Assert.Equal(keys[..3].ToHashSet(), await store.ClaimAsync(a, keys));
        await store.ReleaseAsync(b, keys);
        Assert.Equal(keys.ToHashSet(), await store.ClaimAsync(a, keys));
    }

    [Fact]
    public async Task Claim_CellWithAResult_IsRefused()
    {
        var owner = ClaimOwner.Create();
        var fingerprint = new CellFingerprint("a", "b", "c", "d", 1);
        await store.ClaimAsync(owner, [fingerprint.Key]);
        await store.SaveAsync(new("s", "m", 1, "t"), fingerprint, FakeResults.Make(new GraphShape(1, 1, Parallel: true, 4), 1), FakeResults.Provenance);
        Assert.Empty(await store.ClaimAsync(owner, [fingerprint.Key]));
    }

    [Fact]
    public async Task Claim_OfAnEndedProcess_IsTakenOverAtOnce()
    {
        using var process = Process.Start(new ProcessStartInfo("sleep", "1000"))!;
        var ended = ClaimOwner.Create() with { ProcessId = process.Id, ProcessStarted = new(process.StartTime.ToUniversalTime()) };
        await store.ClaimAsync(ended, keys);
        Assert.Empty(await store.ClaimAsync(ClaimOwner.Create(), keys));
        process.Kill();
        await process.WaitForExitAsync();
        Assert.Equal(keys.Length, (await store.ClaimAsync(ClaimOwner.Create(), keys)).Count);
    }

    [Fact]
    public async Task Claim_OfAProcessWhoseIdIsUsedAgain_IsTakenOver()
    {
        var own = ClaimOwner.Create();
        await store.ClaimAsync(own with { Session = "earlier", ProcessStarted = own.ProcessStarted.AddMinutes(-5) }, keys);
        Assert.Equal(keys.Length, (await store.ClaimAsync(own, keys)).Count);
    }

    [Fact]
    public async Task Claim_OnAnotherMachine_HoldsAsLongAsItIsRenewed()
    {
        var elsewhere = new ClaimOwner("far", "another machine", 1, time.GetUtcNow());
        await store.ClaimAsync(elsewhere, keys);
        time.Advance(ClaimOwner.Patience);
        Assert.Empty(await store.ClaimAsync(ClaimOwner.Create(), keys));
        await store.RenewAsync(elsewhere);
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Empty(await store.ClaimAsync(ClaimOwner.Create(), keys));
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(keys.Length, (await store.ClaimAsync(ClaimOwner.Create(), keys)).Count);
    }

    /// <summary>Some cells are never asked for again under the keys that a killed process has claimed.</summary>
    [Fact]
    public async Task Claim_OfAnything_ForgetsThoseThatLapsed()
    {
        await store.ClaimAsync(ClaimOwner.Create() with { Host = "elsewhere" }, keys[..2]);
        time.Advance(ClaimOwner.Patience);
        await store.ClaimAsync(ClaimOwner.Create(), keys[2..3]);
        Assert.Equal(3L, Count());
        time.Advance(TimeSpan.FromMilliseconds(1));
        await store.ClaimAsync(ClaimOwner.Create(), keys[3..4]);
        Assert.Equal(2L, Count());

        long Count()
        {
            using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={files.StorePath};Pooling=false");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT count(*) FROM claims";
            return (long)command.ExecuteScalar()!;
        }
    }

    [Fact]
    public async Task Claim_ManySessionsAtOnce_GiveEveryCellToOne()
    {
        var stores = Enumerable.Range(0, 4).Select(_ => SqliteCellStore.Open(files.StorePath, time)).ToArray();
        var many = Enumerable.Range(0, 200).Select(i => CellKey.Of($"many {i}")).ToArray();
        var claimed = await Task.WhenAll(stores.Select(async (s, i) =>
        {
            var owner = ClaimOwner.Create();
            var mine = new List<CellKey>();
            foreach (var chunk in many.Chunk(10 + i))
            {
                // claims of one's own are given again
                mine.AddRange((await s.ClaimAsync(owner, chunk)).Except(mine));
            }

            return mine;
        }));
        Assert.Equal(many.Length, claimed.Sum(c => c.Count));
        Assert.Equal(many.Length, claimed.SelectMany(c => c).Distinct().Count());
        Array.ForEach(stores, s => s.Dispose());
    }
}
