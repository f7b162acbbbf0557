using CircuitGrid.ClusterTrials;

namespace CircuitGrid.Azure.Tests;

/// <summary>The storage emulator where this machine has it: <c>npm ci</c> in the folder <c>emulator</c> of these tests, or CIRCUITGRID_AZURITE, brings it.</summary>
internal static class StorageEmulator
{
    private const int FirstPort = 24000;
    private static int started;

    /// <summary>Starts one of its own for a test, which is skipped where there is none.</summary>
    public static Emulator Start(string folder)
    {
        var installed = Environment.GetEnvironmentVariable("CIRCUITGRID_AZURITE") ?? Beside(AppContext.BaseDirectory);
        Assert.SkipUnless(installed is not null && Directory.Exists(Path.Combine(installed, "node_modules", "azurite")), "the storage emulator isn't installed on this machine");
        return new(installed!, folder, FirstPort + (10 * Interlocked.Increment(ref started)));
    }

    private static string? Beside(string output)
    {
        for (var at = new DirectoryInfo(output); at is not null; at = at.Parent)
        {
            var folder = Path.Combine(at.FullName, "tests", "CircuitGrid.Azure.Tests", "emulator");
            if (Directory.Exists(folder))
            {
                return folder;
            }
        }

        return null;
    }
}
