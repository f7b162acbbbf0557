using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace CircuitGrid.Grains.Sqlite;

/// <summary>State of grains in a <see cref="ClusterFile"/>, one row each. Clearing takes the row away.</summary>
/// <param name="name">Name of the storage, which keeps its rows apart from another's in the same file.</param>
/// <param name="service">The cluster's service id.</param>
/// <param name="file">Opens the file.</param>
/// <param name="serializer">Turns state into bytes.</param>
/// <param name="activators">Make the state of a grain that has none yet.</param>
internal sealed class SqliteGrainStorage(
    string name,
    string service,
    Func<ClusterFile> file,
    IGrainStorageSerializer serializer,
    IActivatorProvider activators) : IGrainStorage
{
    private const string Row = "service = $service AND storage = $storage AND grain = $grain AND name = $name";

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var opened = file();
        var (etag, bytes) = await opened.RunAsync(
            () =>
            {
                using var command = opened.Command($"SELECT etag, bytes FROM states WHERE {Row}", Key(stateName, grainId));
                using var row = command.ExecuteReader();
                return row.Read() ? (row.GetString(0), row.GetFieldValue<byte[]>(1)) : ((string?)null, (byte[]?)null);
            },
            writes: false).ConfigureAwait(true);
        var state = bytes is null ? default : serializer.Deserialize<T>(new BinaryData(bytes));
        grainState.State = state ?? NewState<T>();
        grainState.ETag = etag;
        grainState.RecordExists = bytes is not null;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        // serialised on the grain's thread, so that nothing changes the state meanwhile
        var bytes = serializer.Serialize(grainState.State).ToArray();
        var next = ClusterFile.NewETag();
        await ReplaceAsync(
            stateName,
            grainId,
            grainState.ETag,
            "INSERT OR IGNORE INTO states VALUES ($service, $storage, $grain, $name, $etag, $bytes)",
            $"UPDATE states SET etag = $etag, bytes = $bytes WHERE {Row} AND etag = $expected",
            ("$etag", next),
            ("$bytes", bytes)).ConfigureAwait(true);
        grainState.ETag = next;
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await ReplaceAsync(stateName, grainId, grainState.ETag, insert: null, $"DELETE FROM states WHERE {Row} AND etag = $expected").ConfigureAwait(true);
        grainState.ETag = null;
        grainState.RecordExists = false;
        grainState.State = NewState<T>();
    }

    /// <summary>Changes a row where it is as the grain last saw it.</summary>
    /// <exception cref="InconsistentStateException">It isn't: somebody else has changed it.</exception>
    private async Task ReplaceAsync(
        string stateName,
        GrainId grainId,
        string? expected,
        string? insert,
        string replace,
        params (string Name, object? Value)[] values)
    {
        var opened = file();
        var key = Key(stateName, grainId);
        var (isDone, found) = await opened.RunAsync(
            () =>
            {
                using var command = opened.Command($"SELECT etag FROM states WHERE {Row}", key);
                var found = (string?)command.ExecuteScalar();
                if (!string.Equals(found, expected, StringComparison.Ordinal))
                {
                    return (false, found);
                }

                if (found is not null)
                {
                    opened.Execute(replace, [.. key, .. values, ("$expected", expected)]);
                }
                else if (insert is not null)
                {
                    opened.Execute(insert, [.. key, .. values]);
                }

                return (true, found);
            },
            writes: true).ConfigureAwait(true);
        if (!isDone)
        {
            throw new InconsistentStateException($"The state '{stateName}' of {grainId} was changed by somebody else.", found, expected);
        }
    }

    private (string Name, object? Value)[] Key(string stateName, GrainId grainId) =>
        [("$service", service), ("$storage", name), ("$grain", grainId.ToString()), ("$name", stateName)];

    private T NewState<T>() => activators.GetActivator<T>().Create();
}
