using System.Collections.Concurrent;

namespace CircuitGrid.HubStandIn.Repositories;

/// <summary>The repositories of a hub by name, and the names that some had before.</summary>
public sealed class StandInRepositories
{
    private readonly ConcurrentDictionary<string, StandInRepository> byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> renamed = new(StringComparer.Ordinal);

    public IReadOnlyList<StandInRepository> All => [.. byName.Values.OrderBy(r => r.Name, StringComparer.Ordinal)];

    /// <exception cref="ArgumentException">The name is taken.</exception>
    public StandInRepository Add(string name)
    {
        var repository = new StandInRepository(name);
        return byName.TryAdd(name, repository) ? repository : throw new ArgumentException($"there is a repository {name} already", nameof(name));
    }

    public void Remove(string name)
    {
        if (!byName.TryRemove(name, out _))
        {
            throw new ArgumentException($"there is no repository {name}", nameof(name));
        }
    }

    /// <summary>Renames a repository; who asks by the old name is sent to the new one.</summary>
    public void Rename(string name, string to)
    {
        var repository = byName[name];
        repository.Name = to;
        byName[to] = repository;
        renamed[name] = to;
        byName.TryRemove(name, out _);
    }

    internal StandInRepository? Find(string name) => byName.GetValueOrDefault(name);

    internal string? NewNameOf(string name) => renamed.GetValueOrDefault(name);
}
