using System.Runtime.CompilerServices;

namespace CircuitGrid.EndToEnd.Tests.Records;

/// <summary>
/// A file beside the tests that says what the program gave before. What users have stays: a difference is a fault, or it is meant, and then the
/// file is written anew (<c>CIRCUITGRID_RECORD=1</c>) and shows in review what has changed.
/// </summary>
internal static class Record
{
    private const string Variable = "CIRCUITGRID_RECORD";

    /// <summary>Compares lines with those recorded.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="lines">What the program gives now.</param>
    /// <param name="source">The caller's source, beside which the file is.</param>
    public static void AssertHolds(string name, IEnumerable<string> lines, [CallerFilePath] string source = "")
    {
        var now = lines.ToList();
        Assert.NotEmpty(now);
        var path = Path.Combine(Path.GetDirectoryName(source)!, name);
        if (Environment.GetEnvironmentVariable(Variable) == "1")
        {
            File.WriteAllLines(path, now);
            return;
        }

        var before = File.ReadAllLines(path);
        var (gone, come) = (before.Except(now, StringComparer.Ordinal).ToList(), now.Except(before, StringComparer.Ordinal).ToList());
        Assert.True(gone.Count + come.Count == 0, $"{name}: {gone.Count} lines are gone and {come.Count} are new; {Variable}=1 records them.\n{Some('-', gone)}\n{Some('+', come)}");
        Assert.Equal(before, now);
    }

    private static string Some(char sign, List<string> lines) => string.Join('\n', lines.Take(20).Select(line => $"{sign} {line}"));
}
