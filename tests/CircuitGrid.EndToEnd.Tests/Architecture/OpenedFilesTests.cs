using System.Text.RegularExpressions;

namespace CircuitGrid.EndToEnd.Tests.Architecture;

/// <summary>
/// Files are opened, written and parsed in one place, <c>CircuitGrid.Models/Files</c>: there pipes can't hold a reader up, bounds of folders are kept, outputs are
/// whole, and no key is passed over. What isn't an input of somebody's is named here with its reason.
/// </summary>
public sealed partial class OpenedFilesTests
{
    private const string OnePlace = "src/CircuitGrid.Models/Files/";

    private static readonly Dictionary<string, string> Opens = new(StringComparer.Ordinal)
    {
        ["src/CircuitGrid.Models/Tokenization/Unicode/UnicodeResource.cs"] = "a table that is built in",
        ["src/CircuitGrid.Experiments/Storage/ReadOnlyConnection.cs"] = "a store, copied for SQLite to read",
        ["src/CircuitGrid.Experiments/Storage/SqliteCellStore.Opening.cs"] = "a store's first bytes",
        ["client/Experiments/ShippedSuite.cs"] = "the shipped experiment",
        ["client/Hosting/WatchedConsole.cs"] = "the console's own streams",
        ["client/Commands/Bench/LoadBench.cs"] = "a file of its own making, read plainly to compare",
        ["client/Commands/Doctor/ParityCheck.cs"] = "files of its own making",
        ["client/Commands/Doctor/Machine.cs"] = "what the system says of its processor",
        ["client/Commands/Export/ExportCommand.cs"] = "lines into a stream that is staged",
    };

    private static readonly Dictionary<string, string> Parses = new(StringComparer.Ordinal)
    {
        ["src/CircuitGrid.Azure/BlobCellStore.cs"] = "notes that a cluster of the same program wrote",
        ["src/CircuitGrid.Experiments/Reports/ReportJson.cs"] = "a report of the same program",
        ["src/CircuitGrid.Circuits/Heads/HeadWords.cs"] = "words that are built in",
        ["client/Remote/GridClient.cs"] = "a server's answers, which may have more than this program knows",
        ["client/Commands/Report/ReportCommand.cs"] = "a server's report, likewise",
        ["client/Commands/Doctor/ParityCheck.cs"] = "numbers that are built in",
    };

    [Fact]
    public void Sources_OpenAndWriteFiles_InOnePlace() => AssertOnly(Opening(), Opens);

    [Fact]
    public void Sources_ParseJson_InOnePlace() => AssertOnly(Parsing(), Parses);

    [Theory]
    [InlineData("var text = File.ReadAllText(path);", true)]
    [InlineData("using var stream = System.IO.File.OpenRead(path);", true)]
    [InlineData("using var stream = new FileStream(path, FileMode.Open);", true)]
    [InlineData("using var reader = new StreamReader(path);", true)]
    [InlineData("File.WriteAllLines(path, lines);", true)]
    [InlineData("File.Move(partial, path);", true)]
    [InlineData("new FileInfo(path).OpenText()", true)]
    [InlineData("if (File.Exists(path))", false)]
    [InlineData("var bytes = SourceFile.ReadAll(path, 100);", false)]
    [InlineData("var text = TokenizerFile.Read(path);", false)]
    public void Opening_IsTold(string text, bool expected) => Assert.Equal(expected, Opening().IsMatch(text));

    [Theory]
    [InlineData("JsonSerializer.Deserialize<Lexicon>(bytes)", true)]
    [InlineData("using var document = JsonDocument.Parse(line);", true)]
    [InlineData("await content.ReadFromJsonAsync<Answer>()", true)]
    [InlineData("JsonSerializer.Serialize(value)", false)]
    [InlineData("JsonInput.Parse(path, bytes)", false)]
    public void Parsing_IsTold(string text, bool expected) => Assert.Equal(expected, Parsing().IsMatch(text));

    /// <summary>No other source does it, and each that is named still does.</summary>
    private static void AssertOnly(Regex what, Dictionary<string, string> named)
    {
        var found = (
            from project in Repository.Projects
            let folder = Path.GetRelativePath(Repository.Root, project.Folder).Replace(Path.DirectorySeparatorChar, '/')
            where !folder.StartsWith("tests/", StringComparison.Ordinal)
            from source in Repository.SourcesOf(project)
            let path = $"{folder}/{source.Path.Replace(Path.DirectorySeparatorChar, '/')}"
            where what.IsMatch(source.Text)
            select path).ToList();
        Assert.Contains(found, path => path.StartsWith(OnePlace, StringComparison.Ordinal));
        Assert.Equal(named.Keys.Order(StringComparer.Ordinal), found.Where(path => !path.StartsWith(OnePlace, StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"(?<![A-Za-z])File\.(Open|Read|Write|Create|Append|Move|Copy|Replace)\w*\(|new (FileStream|StreamReader|StreamWriter)\(|\)\.Open(Read|Text)?\(", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Opening();

    [GeneratedRegex(@"Json(Document|Element|Node)\.Parse|JsonSerializer\.Deserialize|ReadFromJsonAsync", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parsing();
}
