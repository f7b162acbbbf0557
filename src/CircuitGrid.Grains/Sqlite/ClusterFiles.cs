using System.Collections.Concurrent;

namespace CircuitGrid.Grains.Sqlite;

/// <summary>The files a silo or client has open, each once whichever of its providers use it.</summary>
internal sealed class ClusterFiles : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<ClusterFile>> files = new(StringComparer.Ordinal);

    public ClusterFile Open(string path) => files.GetOrAdd(Path.GetFullPath(path), p => new(() => ClusterFile.Open(p))).Value;

    public void Dispose()
    {
        foreach (var file in files.Values.Where(f => f.IsValueCreated))
        {
            file.Value.Dispose();
        }
    }
}
