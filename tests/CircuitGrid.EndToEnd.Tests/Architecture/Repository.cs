using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CircuitGrid.EndToEnd.Tests.Architecture;

/// <summary>A project as its files describe it.</summary>
/// <param name="Name">Name of the project file, without its extension.</param>
/// <param name="Path">The project file.</param>
/// <param name="References">Names of the projects it references.</param>
/// <param name="Packages">Names of the packages it references.</param>
internal sealed record ProjectFile(string Name, string Path, IReadOnlyList<string> References, IReadOnlyList<string> Packages)
{
    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    public static ProjectFile Read(string path)
    {
        var xml = XDocument.Load(path);
        IReadOnlyList<string> Includes(string element) => [.. xml.Descendants(element).Select(e => e.Attribute("Include")!.Value)];
        return new(
            System.IO.Path.GetFileNameWithoutExtension(path),
            path,
            [.. Includes("ProjectReference").Select(r => System.IO.Path.GetFileNameWithoutExtension(r.Replace('\\', '/')))],
            Includes("PackageReference"));
    }
}

/// <summary>The working tree these tests were built from.</summary>
internal static partial class Repository
{
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>Every project of the tree.</summary>
    public static IReadOnlyList<ProjectFile> Projects { get; } =
        [.. Directory.EnumerateFiles(Root, "*.csproj", SearchOption.AllDirectories).Where(IsOurs).Order(StringComparer.Ordinal).Select(ProjectFile.Read)];

    /// <summary>Names of the projects of the light build.</summary>
    public static IReadOnlyList<string> LightBuild
    {
        get
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Root, "CircuitGrid.Local.slnf")));
            return [.. json.RootElement.GetProperty("solution").GetProperty("projects").EnumerateArray().Select(NameOf)];
        }
    }

    /// <summary>Names of the projects of the full build.</summary>
    public static IReadOnlyList<string> FullBuild =>
        [.. SolutionProject().Matches(File.ReadAllText(Path.Combine(Root, "CircuitGrid.sln"))).Select(m => Path.GetFileNameWithoutExtension(m.Groups["path"].Value.Replace('\\', '/')))];

    /// <summary>A project's own source files: path below its folder, and text.</summary>
    public static IEnumerable<(string Path, string Text)> SourcesOf(ProjectFile project) =>
        Directory.EnumerateFiles(project.Folder, "*.cs", SearchOption.AllDirectories)
            .Where(IsOurs)
            .Select(f => (Path.GetRelativePath(project.Folder, f), File.ReadAllText(f)));

    private static string NameOf(JsonElement path) => Path.GetFileNameWithoutExtension(path.GetString()!.Replace('\\', '/'));

    private static bool IsOurs(string path) =>
        !Path.GetRelativePath(Root, path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules");

    private static string FindRoot(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "CircuitGrid.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"{folder} is in no working tree.");
    }

    [GeneratedRegex("""= "[^"]+", "(?<path>[^"]+\.csproj)",""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SolutionProject();
}
