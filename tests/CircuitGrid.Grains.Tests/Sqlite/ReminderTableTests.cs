namespace CircuitGrid.Grains.Tests.Sqlite;

public sealed class ReminderTableTests : IDisposable
{
    private readonly ClusterFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Upsert_OfARowThatIsThere_ReplacesItUnderANewETag()
    {
        var table = folder.Reminders();
        var entry = Entry("a/b+c", "name");
        var first = await table.UpsertRow(entry);
        entry.Period = TimeSpan.FromMinutes(7);
        var second = await table.UpsertRow(entry);
        Assert.NotEqual(first, second);

        var read = (await folder.Reminders().ReadRow(entry.GrainId, "name"))!;
        Assert.Equal((entry.GrainId, "name", entry.StartAt, DateTimeKind.Utc, TimeSpan.FromMinutes(7), second), (read.GrainId, read.ReminderName, read.StartAt, read.StartAt.Kind, read.Period, read.ETag));
        Assert.Null(await table.ReadRow(entry.GrainId, "another"));
    }

    [Fact]
    public async Task Remove_WithAWrongETag_LeavesTheRow()
    {
        var table = folder.Reminders();
        var entry = Entry("a", "name");
        var stale = await table.UpsertRow(entry);
        var etag = await table.UpsertRow(entry);

        Assert.False(await table.RemoveRow(entry.GrainId, "name", stale!));
        Assert.False(await table.RemoveRow(entry.GrainId, "another", etag!));
        Assert.NotNull(await table.ReadRow(entry.GrainId, "name"));
        Assert.True(await table.RemoveRow(entry.GrainId, "name", etag!));
        Assert.Null(await table.ReadRow(entry.GrainId, "name"));
    }

    [Fact]
    public async Task ReadRows_OfARange_ExcludesItsBeginIncludesItsEndAndWrapsAround()
    {
        var table = folder.Reminders();
        var entries = Enumerable.Range(0, 40).Select(i => Entry("grain" + i, "name")).OrderBy(e => e.GrainId.GetUniformHashCode()).ToList();
        foreach (var entry in entries)
        {
            await table.UpsertRow(entry);
        }

        await folder.Reminders("other").UpsertRow(entries[12]);
        var hashes = entries.Select(e => e.GrainId.GetUniformHashCode()).ToList();
        Assert.Contains(hashes, h => h > int.MaxValue);

        Assert.Equal(hashes[11..31], await HashesAsync(hashes[10], hashes[30]));
        Assert.Equal([.. hashes[..11], .. hashes[31..]], await HashesAsync(hashes[30], hashes[10]));
        Assert.Equal(hashes, await HashesAsync(hashes[5], hashes[5]));

        async Task<List<uint>> HashesAsync(uint begin, uint end) =>
            [.. (await table.ReadRows(begin, end)).Reminders.Select(r => r.GrainId.GetUniformHashCode()).Order()];
    }

    [Fact]
    public async Task ReadRows_OfAGrain_FindsItsOnly()
    {
        var table = folder.Reminders();
        foreach (var (grain, name) in new[] { ("a", "one"), ("a", "two"), ("b", "one") })
        {
            await table.UpsertRow(Entry(grain, name));
        }

        Assert.Equal(["one", "two"], (await table.ReadRows(Entry("a", "").GrainId)).Reminders.Select(r => r.ReminderName).Order(StringComparer.Ordinal));
    }

    private static ReminderEntry Entry(string grain, string name) => new()
    {
        GrainId = GrainId.Create("experiment", grain),
        ReminderName = name,
        StartAt = new(2026, 5, 1, 12, 0, 0, 3, DateTimeKind.Utc),
        Period = TimeSpan.FromMinutes(1),
    };
}
