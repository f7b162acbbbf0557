using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Experiments.Tests.Storage;

/// <summary>
/// Stores that may only be read, opened as they are then; that permissions lead there is shown with processes of another user, in the client's tests.
/// </summary>
public sealed class ReadingTests : IDisposable
{
    private readonly FakeSuite files = new();
    private readonly SqliteCellStore writer;

    public ReadingTests() => writer = SqliteCellStore.Open(files.StorePath);

    private string Log => files.StorePath + "-wal";

    private string SharedMemory => files.StorePath + "-shm";

    public void Dispose()
    {
        writer.Dispose();
        files.Dispose();
    }

    [Fact]
    public async Task OpenReadOnly_BesideALivingWriter_SeesWhatItWritesNext()
    {
        await SaveAsync(1);
        using var reader = SqliteCellStore.OpenReadOnly(files.StorePath);
        await AssertHasAsync(reader, 1);
        await SaveAsync(2);
        await AssertHasAsync(reader, 1, 2);
    }

    [Fact]
    public async Task OpenReadOnly_OfAClosedStore_MakesNoFileBesideIt()
    {
        await SaveAsync(1);
        writer.Dispose();
        Assert.False(File.Exists(Log) || File.Exists(SharedMemory));
        using var reader = SqliteCellStore.OpenReadOnly(files.StorePath);
        await AssertHasAsync(reader, 1);
        Assert.False(File.Exists(Log) || File.Exists(SharedMemory));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenReadOnly_AfterAKilledWriter_ReadsWhatIsOnlyInItsLog(bool leavesSharedMemory)
    {
        await SaveAsync(1);
        var left = Path.Combine(files.Root, "left.db");
        File.Copy(files.StorePath, left);
        File.Copy(Log, left + "-wal");
        if (leavesSharedMemory)
        {
            File.Copy(SharedMemory, left + "-shm");
        }

        var before = Contents();
        using (var reader = SqliteCellStore.OpenReadOnly(left))
        {
            await AssertHasAsync(reader, 1);
        }

        Assert.Equal(before, Contents());

        Dictionary<string, string> Contents() => Directory.GetFiles(files.Root, "left.db*")
            .Where(f => !f.EndsWith("-shm", StringComparison.Ordinal))
            .ToDictionary(f => f, f => Convert.ToHexString(File.ReadAllBytes(f)));
    }

    [Fact]
    public async Task Read_StoreThatIsWrittenAlthoughNobodyWas_GivesOneStateAndNotTwo()
    {
        await SaveAsync(1);
        writer.Dispose();
        using var reader = SqliteCellStore.OpenReadOnly(files.StorePath);
        await AssertHasAsync(reader, 1);

        // taken into the file itself as the writer leaves, behind the reader's back
        for (var step = 2; step < 40; step++)
        {
            using var again = SqliteCellStore.Open(files.StorePath);
            await again.SaveAsync(Id(step), Fingerprint(step), Result(step), FakeResults.Provenance);
        }

        await AssertHasAsync(reader, [.. Enumerable.Range(1, 39)]);
    }

    [Fact]
    public async Task ReadOnly_EverythingThatWouldWrite_SaysThatItCanOnlyBeRead()
    {
        await SaveAsync(1);
        writer.Dispose();
        using var reader = SqliteCellStore.OpenReadOnly(files.StorePath);
        Assert.True(reader.IsReadOnly);
        Func<Task>[] writes =
        [
            () => reader.SaveAsync(Id(2), Fingerprint(2), Result(2), FakeResults.Provenance),
            () => reader.NameAsync(Id(2), Fingerprint(1)),
            () => reader.SaveFailureAsync(Id(2), Fingerprint(2), "why"),
            () => reader.SaveTransferAsync(Fingerprint(1).Key, Fingerprint(2).Key, 0.5),
            () => reader.SaveDigestAsync("here:/a", "s", "d"),
        ];
        foreach (var write in writes)
        {
            var error = await Assert.ThrowsAsync<InvalidInputException>(write);
            Assert.Equal(files.StorePath, error.Input);
            Assert.Contains("can only be read", error.Message);
            Assert.Contains("--store", error.Message);
        }

        await Assert.ThrowsAsync<InvalidInputException>(() => reader.ClaimAsync(ClaimOwner.Create(), [Fingerprint(9).Key]));
        Assert.Equal([Fingerprint(1)], await reader.HistoryAsync(Id(1)));
    }

    [Fact]
    public async Task ReadOnly_CopyAfterAKilledWriter_TakesNoClaims()
    {
        await SaveAsync(1);
        var left = Path.Combine(files.Root, "left.db");
        File.Copy(files.StorePath, left);
        File.Copy(Log, left + "-wal");
        using var reader = SqliteCellStore.OpenReadOnly(left);
        await Assert.ThrowsAsync<InvalidInputException>(() => reader.ClaimAsync(ClaimOwner.Create(), [Fingerprint(9).Key]));
    }

    [Fact]
    public async Task ReadOnly_StoreOfAnOlderProgram_HasNoTransfers()
    {
        await SaveAsync(1);
        Execute("DROP TABLE transfers");
        writer.Dispose();
        using var reader = SqliteCellStore.OpenReadOnly(files.StorePath);
        Assert.Null(await reader.ReadTransferAsync(Fingerprint(1).Key, Fingerprint(2).Key));
        await AssertHasAsync(reader, 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ReadOnly_Notes_AreReadAndKeptQuietlyAsTheyAre(bool isOlder)
    {
        await SaveAsync(1);
        await writer.WriteNoteAsync(NoteArea.Weights, "a", new byte[] { 7 });
        if (isOlder)
        {
            Execute("DROP TABLE notes");
        }

        writer.Dispose();
        using var reader = SqliteCellStore.OpenReadOnly(files.StorePath);
        await reader.WriteNoteAsync(NoteArea.Weights, "b", new byte[] { 8 });
        Assert.Equal(isOlder ? null : "07", await reader.ReadNoteAsync(NoteArea.Weights, "a") is { } note ? Convert.ToHexString(note) : null);
        Assert.Null(await reader.ReadNoteAsync(NoteArea.Weights, "b"));
        Assert.Equal(isOlder ? [] : ["a"], await reader.NotesAsync(NoteArea.Weights).ToListAsync());
        await AssertHasAsync(reader, 1);
    }

    [Fact]
    public async Task ReadOnly_DamagedResult_StaysAndSaysSo()
    {
        await SaveAsync(1);
        Execute("UPDATE results SET bytes = CAST(substr(bytes, 1, 100) || x'ff' || substr(bytes, 102) AS BLOB)");
        writer.Dispose();
        using var reader = SqliteCellStore.OpenReadOnly(files.StorePath);
        for (var i = 0; i < 2; i++)
        {
            var error = await Assert.ThrowsAsync<InvalidInputException>(() => reader.ReadAsync(Fingerprint(1).Key));
            Assert.Contains("checksum", error.Message);
            Assert.Contains("it stays in the store", error.Message);
        }
    }

    [Fact]
    public void OpenForReading_WhatIsNoStore_SaysWhatItIs()
    {
        var empty = Path.Combine(files.Root, "empty.db");
        File.WriteAllText(empty, "");
        Assert.Contains("is empty", Assert.Throws<InvalidInputException>(() => SqliteCellStore.OpenReadOnly(empty)).Message);
        Assert.Contains("doesn't exist", Assert.Throws<InvalidInputException>(() => SqliteCellStore.OpenForReading(Path.Combine(files.Root, "no.db"))).Message);
        foreach (var open in (Func<string, SqliteCellStore>[])[p => SqliteCellStore.Open(p), p => SqliteCellStore.OpenForReading(p)])
        {
            Assert.Contains("is a folder; a store is a file", Assert.Throws<InvalidInputException>(() => open(files.Root)).Message);
        }

        using var other = new SqliteConnection($"Data Source={Path.Combine(files.Root, "other.db")};Pooling=false");
        other.Open();
        using var command = other.CreateCommand();
        command.CommandText = "CREATE TABLE theirs (a)";
        command.ExecuteNonQuery();
        Assert.Contains("another program", Assert.Throws<InvalidInputException>(() => SqliteCellStore.OpenForReading(other.DataSource)).Message);
    }

    [Fact]
    public async Task OpenForReading_WhereWritingIsAllowed_KeepsNotes()
    {
        writer.Dispose();
        using (var reader = SqliteCellStore.OpenForReading(files.StorePath))
        {
            Assert.False(reader.IsReadOnly);
            await reader.SaveDigestAsync("here:/a", "s", "d");
        }

        using var again = SqliteCellStore.OpenReadOnly(files.StorePath);
        Assert.Equal("d", await again.FindDigestAsync("here:/a", "s"));
    }

    [Fact]
    public async Task OpenInMemory_IsAnEmptyStoreThatIsNowhere()
    {
        var path = Path.Combine(files.Root, "no folder", "store.db");
        using var nothing = SqliteCellStore.OpenInMemory(path);
        Assert.Equal((path, false), (nothing.Location, nothing.IsReadOnly));
        Assert.Empty(await nothing.FindAsync([Fingerprint(1).Key]));
        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
    }

    /// <summary>Lengths from one that SQLite takes on: what it can't open is explained, and nothing that it can is refused.</summary>
    [Fact]
    public void Open_PathOfAnyLength_WorksOrNamesLengthAndLimit()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The limit is Unix'.");
        var folder = files.Root;
        while (folder.Length < 400)
        {
            folder = Path.Combine(folder, new string('d', 50));
        }

        Directory.CreateDirectory(folder);
        var (opened, refused) = (0, 0);
        for (var length = 490; length < 540; length++)
        {
            var path = Path.Combine(folder, new string('s', length - folder.Length - 1));
            if (CanOpen(path))
            {
                SqliteCellStore.Open(path).Dispose();
                SqliteCellStore.OpenForReading(path).Dispose();
                opened++;
                continue;
            }

            File.WriteAllText(path, "");
            foreach (var open in (Func<string, SqliteCellStore>[])[p => SqliteCellStore.Open(p), p => SqliteCellStore.OpenForReading(p)])
            {
                var error = Assert.Throws<InvalidInputException>(() => open(path));
                Assert.Contains($"a path of {length} bytes", error.Message);
                Assert.Contains("at most 504", error.Message);
            }

            refused++;
        }

        Assert.Equal((15, 35), (opened, refused));

        static bool CanOpen(string path)
        {
            using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
            try
            {
                connection.Open();
                return true;
            }
            catch (SqliteException)
            {
                return false;
            }
        }
    }

    private static async Task AssertHasAsync(SqliteCellStore reader, params int[] steps)
    {
        Assert.True(reader.IsReadOnly);
        Assert.Equal(steps.Select(s => Fingerprint(s).Key).ToHashSet(), (await reader.FindAsync([.. Enumerable.Range(0, 100).Select(s => Fingerprint(s).Key)])).ToHashSet());
        foreach (var step in steps)
        {
            Assert.Equal(CellResultCodec.Encode(Result(step)), CellResultCodec.Encode((await reader.ReadAsync(Fingerprint(step).Key))!));
            Assert.Equal([Fingerprint(step)], await reader.HistoryAsync(Id(step)));
        }
    }

    private Task SaveAsync(int step) => writer.SaveAsync(Id(step), Fingerprint(step), Result(step), FakeResults.Provenance);

    private static CellId Id(int step) => new("nano", "small", step, "ioi");

    private static CellFingerprint Fingerprint(int step) => new("aa", "bb", "method=eap", "cpu-f32", step);

    private static CellResult Result(int seed) => FakeResults.Make(new GraphShape(2, 2, Parallel: true, 8), seed, skill: 3);

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={files.StorePath};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // literals of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
