namespace CircuitGrid.Hub.Tests.Hubs;

/// <summary>A folder of a test's own, gone with everything in it when the test is over.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    /// <param name="inMemory">Whether it had better be on no disk, because files are written through to it tens of thousands of times.</param>
    public TemporaryFolder(bool inMemory = false) =>
        Path = inMemory && Directory.Exists(Memory) ? Directory.CreateDirectory($"{Memory}/circuitgrid-{Guid.NewGuid():N}").FullName : Directory.CreateTempSubdirectory("circuitgrid-").FullName;

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
