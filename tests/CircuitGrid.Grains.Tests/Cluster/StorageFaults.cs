using System.Collections.Concurrent;
using System.Globalization;
using Orleans.Storage;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>Storage of grain state that all silos of a test share, and that fails and conflicts now and then.</summary>
internal sealed class StorageFaults(int seed) : IGrainStorage
{
    private readonly ConcurrentDictionary<string, (object State, int Version)> records = new(StringComparer.Ordinal);
    private readonly Random random = new(seed);
    private int injected;

    public int Injected => injected;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (records.TryGetValue($"{stateName}/{grainId}", out var record))
        {
            grainState.State = (T)record.State;
            grainState.ETag = record.Version.ToString(CultureInfo.InvariantCulture);
            grainState.RecordExists = true;
        }

        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (random)
        {
            switch (random.Next(4))
            {
                case 0:
                    injected++;
                    throw new IOException("the storage is busy");
                case 1 when injected < 20:
                    injected++;
                    throw new InconsistentStateException("somebody was faster", "2", "1");
            }
        }

        var name = $"{stateName}/{grainId}";
        var version = records.TryGetValue(name, out var record) ? record.Version + 1 : 1;
        records[name] = (grainState.State!, version);
        grainState.ETag = version.ToString(CultureInfo.InvariantCulture);
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        records.TryRemove($"{stateName}/{grainId}", out _);
        return Task.CompletedTask;
    }
}
