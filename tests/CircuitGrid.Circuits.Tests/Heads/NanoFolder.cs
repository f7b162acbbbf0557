using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Circuits.Tests.Heads;

/// <summary>Where the committed nano suite is.</summary>
internal static class NanoFolder
{
    public static string Path { get; } = Find();

    /// <summary>Folder of a model's last checkpoint.</summary>
    public static string LastStep(string model) => $"step{SuiteFolder.Open(Path).Models.Single(m => m.Name == model).Steps.Max()}";

    private static string Find()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = System.IO.Path.GetDirectoryName(directory))
        {
            var candidate = System.IO.Path.Combine(directory, "suites", NanoSuite.Name);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("suites/nano isn't above the test's folder.");
    }
}
