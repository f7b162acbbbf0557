using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Experiments.Tests.Storage;

public sealed class SqliteCellStoreTests : IDisposable
{
    private static readonly CellId id = new("nano", "small", 512, "ioi");
    private static readonly CellFingerprint fingerprint = new("aa", "bb", "method=eap", "cpu-f32", 1);

    private readonly FakeSuite files = new();
    private readonly SqliteCellStore store;

    public SqliteCellStoreTests() => store = SqliteCellStore.Open(files.StorePath);

    public void Dispose()
    {
        store.Dispose();
        files.Dispose();
    }

    [Fact]
    public async Task Save_ThenRead_GivesResultNameAndProvenance()
    {
        var result = Result(1);
        await store.SaveAsync(id, fingerprint, result, Provenance(1.5));

        Assert.Equal(CellResultCodec.Encode(result), CellResultCodec.Encode((await store.ReadAsync(fingerprint.Key))!));
        Assert.Equal(Provenance(1.5), await store.ReadProvenanceAsync(fingerprint.Key));
        Assert.Equal([fingerprint], await store.HistoryAsync(id));
        Assert.Equal([fingerprint.Key], await store.FindAsync([fingerprint.Key, new CellKey("00")]));
        Assert.Equal([new CellTiming("small", "ioi", "method=eap", 3e9, 2, 1.5)], await store.TimingsAsync());
        Assert.Null(await store.ReadAsync(new CellKey("00")));
        Assert.Null(await store.ReadProvenanceAsync(new CellKey("00")));
        Assert.Empty(await store.HistoryAsync(id with { Step = 513 }));
    }

    [Fact]
    public async Task Save_Twice_KeepsTheFirstResult()
    {
        await store.SaveAsync(id, fingerprint, Result(1), Provenance(1));
        await store.SaveAsync(id with { Model = "twin" }, fingerprint, Result(2), Provenance(2));
        Assert.Equal(CellResultCodec.Encode(Result(1)), CellResultCodec.Encode((await store.ReadAsync(fingerprint.Key))!));
        Assert.Equal(1, (await store.ReadProvenanceAsync(fingerprint.Key))!.Seconds);
        Assert.Equal([fingerprint], await store.HistoryAsync(id with { Model = "twin" }));
    }

    [Fact]
    public async Task Transfers_AreKeptByCircuitAndPlace_AlsoInAStoreMadeBeforeThereWereAny()
    {
        var (a, b) = (fingerprint.Key, (fingerprint with { AlgorithmVersion = 2 }).Key);
        var path = Path.Combine(files.Root, "old.db");
        using (SqliteCellStore.Open(path))
        {
        }

        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DROP TABLE transfers";
            command.ExecuteNonQuery();
        }

        using var old = SqliteCellStore.Open(path);
        foreach (var home in (SqliteCellStore[])[store, old])
        {
            await home.SaveTransferAsync(a, b, 0.1 + 0.2);
            await home.SaveTransferAsync(a, b, 0.9);
            Assert.Equal((0.1 + 0.2, null), (await home.ReadTransferAsync(a, b), await home.ReadTransferAsync(b, a)));
        }
    }

    [Fact]
    public async Task History_OfAChangingCell_HasTheLatestFirst()
    {
        var other = fingerprint with { AlgorithmVersion = 2 };
        await store.NameAsync(id, fingerprint);
        await store.NameAsync(id, other);
        Assert.Equal([other, fingerprint], await store.HistoryAsync(id));
        await store.NameAsync(id, fingerprint);
        Assert.Equal([fingerprint, other], await store.HistoryAsync(id));
    }

    [Fact]
    public async Task Failure_IsCounted_AndForgottenOnSuccess()
    {
        await store.SaveFailureAsync(id, fingerprint, "first reason");
        await store.SaveFailureAsync(id, fingerprint, "second reason");
        var failure = await store.ReadFailureAsync(fingerprint.Key);
        Assert.Equal(("second reason", 2), (failure!.Reason, failure.Attempts));
        await store.SaveAsync(id, fingerprint, Result(1), Provenance(1));
        Assert.Null(await store.ReadFailureAsync(fingerprint.Key));
    }

    [Fact]
    public async Task Digest_IsFoundOnlyForTheSameState()
    {
        await store.SaveDigestAsync("/a", "state 1", "digest 1");
        Assert.Equal("digest 1", await store.FindDigestAsync("/a", "state 1"));
        Assert.Null(await store.FindDigestAsync("/a", "state 2"));
        Assert.Null(await store.FindDigestAsync("/b", "state 1"));
        await store.SaveDigestAsync("/a", "state 2", "digest 2");
        Assert.Null(await store.FindDigestAsync("/a", "state 1"));
        Assert.Equal("digest 2", await store.FindDigestAsync("/a", "state 2"));
    }

    [Fact]
    public async Task Notes_KeepTheFirst_AlsoInAStoreMadeBeforeThereWereAny()
    {
        var path = Path.Combine(files.Root, "old.db");
        using (SqliteCellStore.Open(path))
        {
        }

        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DROP TABLE notes; PRAGMA user_version";
            Assert.Equal(1L, command.ExecuteScalar());
        }

        using var old = SqliteCellStore.Open(path);
        foreach (var home in (SqliteCellStore[])[store, old])
        {
            Assert.Null(await home.ReadNoteAsync(NoteArea.Weights, "b"));
            await home.WriteNoteAsync(NoteArea.Weights, "b", new byte[] { 1, 0, 255 });
            await home.WriteNoteAsync(NoteArea.Weights, "b", new byte[] { 2 });
            await home.WriteNoteAsync(NoteArea.Weights, "a ü/%", ReadOnlyMemory<byte>.Empty);
            Assert.Equal("0100FF", Convert.ToHexString((await home.ReadNoteAsync(NoteArea.Weights, "b"))!));
            Assert.Empty((await home.ReadNoteAsync(NoteArea.Weights, "a ü/%"))!);
            Assert.Null(await home.ReadNoteAsync(NoteArea.Weights, "B"));
            Assert.Equal(["a ü/%", "b"], await home.NotesAsync(NoteArea.Weights).ToListAsync());
        }
    }

    [Fact]
    public async Task Reopened_HasEverything_InTablesAnybodyCanRead()
    {
        await store.SaveAsync(id, fingerprint, Result(1), Provenance(1));
        await store.SaveAsync(id with { Step = 0 }, fingerprint with { ModelDigest = "cc" }, Result(2, skill: 0), Provenance(1));
        store.Dispose();
        using (var again = SqliteCellStore.Open(files.StorePath))
        {
            Assert.NotNull(await again.ReadAsync(fingerprint.Key));
        }

        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT suite, model, step, task, status, metric, accuracy, edges, faithfulness_found FROM grid ORDER BY step";
        using var row = command.ExecuteReader();
        Assert.True(row.Read());
        Assert.Equal(("nano", "small", 0, "ioi", "no-task"), (row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetString(4)));
        Assert.True(row.IsDBNull(7) && row.IsDBNull(8));
        Assert.True(row.Read());
        var expected = Result(1);
        Assert.Equal((CellStatusNames.Of(expected.Status), expected.Metric.Mean, 1.0), (row.GetString(4), row.GetDouble(5), row.GetDouble(6)));
        Assert.Equal((expected.Chosen!.Edges, expected.FoundFaithfulness(expected.Chosen).Value), (row.GetInt32(7), row.GetDouble(8)));
        Assert.False(row.Read());
    }

    [Fact]
    public async Task Read_DamagedResult_TakesItOutAndSaysSo()
    {
        await store.SaveAsync(id, fingerprint, Result(1), Provenance(1));
        Execute("UPDATE results SET bytes = CAST(substr(bytes, 1, 100) || x'ff' || substr(bytes, 102) AS BLOB)");
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadAsync(fingerprint.Key));
        Assert.Contains("checksum", error.Message);
        Assert.Contains("run the experiment again", error.Message);
        Assert.Null(await store.ReadAsync(fingerprint.Key));
        Assert.Empty(await store.FindAsync([fingerprint.Key]));
    }

    [Fact]
    public async Task Save_DiskFull_SaysSoAndLosesNothing()
    {
        await store.SaveAsync(id, fingerprint, Result(1), Provenance(1));
        store.Dispose();
        using var full = SqliteCellStore.Open(files.StorePath, TimeProvider.System, maxPages: 40);
        var error = await Assert.ThrowsAsync<DiskFullException>(async () =>
        {
            for (var i = 0; i < 1000; i++)
            {
                await full.SaveAsync(id with { Step = i }, fingerprint with { AlgorithmVersion = 10 + i }, Result(i), Provenance(1));
            }
        });
        Assert.Contains("the disk is full", error.Message);
        Assert.NotNull(await full.ReadAsync(fingerprint.Key));
        Assert.NotNull(await full.ReadAsync((fingerprint with { AlgorithmVersion = 10 }).Key));
        full.Dispose();
        using var again = SqliteCellStore.Open(files.StorePath);
        await again.SaveAsync(id with { Step = 999 }, fingerprint with { AlgorithmVersion = 999 }, Result(9), Provenance(1));
    }

    [Fact]
    public void Open_NotADatabase_SaysSo()
    {
        var path = Path.Combine(files.Root, "text.db");
        File.WriteAllText(path, string.Concat(Enumerable.Repeat("this is no database at all. ", 100)));
        Assert.Contains("isn't a store", Assert.Throws<InvalidInputException>(() => SqliteCellStore.Open(path)).Message);
    }

    /// <summary>The longest path that opens, and one byte more, in characters of two bytes.</summary>
    [Fact]
    public void Open_PathThatIsTooLong_SaysHowLongItMayBe()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other limits.");
        var deep = Path.Combine(files.Root, new('d', 150), new('e', 150));
        var rest = 504 - System.Text.Encoding.UTF8.GetByteCount(deep) - 1;
        var longest = Path.Combine(deep, (rest % 2 == 0 ? "" : "x") + new string('é', rest / 2));
        SqliteCellStore.Open(longest).Dispose();
        Assert.EndsWith(
            "is a path of 505 bytes; SQLite opens paths of at most 504, so name a shorter one with --store",
            Assert.Throws<InvalidInputException>(() => SqliteCellStore.Open(longest + "y")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AnotherProgramsDatabase_LeavesItAlone()
    {
        var path = Path.Combine(files.Root, "other.db");
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE theirs (a)";
            command.ExecuteNonQuery();
        }

        Assert.Contains("another program", Assert.Throws<InvalidInputException>(() => SqliteCellStore.Open(path)).Message);
    }

    [Fact]
    public void Open_NewerStore_SaysSo()
    {
        Execute("PRAGMA user_version = 7");
        Assert.Contains("newer version", Assert.Throws<InvalidInputException>(() => SqliteCellStore.Open(files.StorePath)).Message);
    }

    [Fact]
    public void Open_FolderOrImpossiblePath_SaysSo()
    {
        Assert.Throws<InvalidInputException>(() => SqliteCellStore.Open(files.Root));
        Assert.Throws<InvalidInputException>(() => SqliteCellStore.Open(Path.Combine(files.StorePath, "below a file", "store.db")));
    }

    /// <summary>Pages overwritten, file cut: every access works or explains itself.</summary>
    [Fact]
    public async Task Open_DamagedFile_WorksOrExplains()
    {
        for (var i = 0; i < 12; i++)
        {
            await store.SaveAsync(id with { Step = i }, fingerprint with { AlgorithmVersion = i }, Result(i), Provenance(1));
        }

        store.Dispose();
        var whole = await File.ReadAllBytesAsync(files.StorePath);
        var random = new Random(3);
        var explained = 0;
        for (var round = 0; round < 60; round++)
        {
            var bytes = (byte[])whole.Clone();
            var start = random.Next(bytes.Length);
            random.NextBytes(bytes.AsSpan(start, Math.Min(random.Next(1, 3000), bytes.Length - start)));
            var path = Path.Combine(files.Root, $"damaged{round}.db");
            await File.WriteAllBytesAsync(path, round % 4 == 0 ? bytes[..random.Next(1, bytes.Length)] : bytes);
            try
            {
                using var damaged = SqliteCellStore.Open(path);
                for (var i = 0; i < 12; i++)
                {
                    await damaged.ReadAsync((fingerprint with { AlgorithmVersion = i }).Key);
                    await damaged.HistoryAsync(id with { Step = i });
                }

                await damaged.SaveAsync(id, fingerprint with { AlgorithmVersion = 100 }, Result(5), Provenance(1));
            }
            catch (InvalidInputException e)
            {
                Assert.StartsWith(path, e.Message);
                explained++;
            }
        }

        Assert.InRange(explained, 10, 60);
    }

    private static CellResult Result(int seed, double skill = 3) => FakeResults.Make(new GraphShape(2, 2, Parallel: true, 8), seed, skill);

    private static Provenance Provenance(double seconds) => new()
    {
        Seconds = seconds,
        LoadSeconds = 0.25,
        Work = 3e9,
        Threads = 2,
        Host = "here",
        Device = "imagination",
        Program = "CircuitGrid",
        Started = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
        Finished = new(2026, 1, 2, 3, 4, 7, TimeSpan.Zero),
    };

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={files.StorePath};Pooling=false");
        connection.Open();
        return connection;
    }

    private void Execute(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // literals of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
