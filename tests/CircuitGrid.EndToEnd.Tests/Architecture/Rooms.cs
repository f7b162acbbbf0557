using System.Text.RegularExpressions;

namespace CircuitGrid.EndToEnd.Tests.Architecture;

/// <summary>The rooms of docs/architecture.md and who may know whom.</summary>
internal static partial class Rooms
{
    /// <summary>The rooms of the light build, each knowing only those before it.</summary>
    public static IReadOnlyList<string> Floors { get; } =
    [
        "CircuitGrid.Compute",
        "CircuitGrid.Models",
        "CircuitGrid.Circuits",
        "CircuitGrid.Experiments",
        "CircuitGrid.Hub",
        "CircuitGrid.Web",
        "CircuitGrid.Client",
    ];

    /// <summary>Rooms beside the light build's, each with the rooms it may know; no floor knows them.</summary>
    public static IReadOnlyDictionary<string, string[]> Annexes { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["CircuitGrid.Torch"] = ["CircuitGrid.Compute"],
        ["CircuitGrid.Graphs"] = ["CircuitGrid.Circuits"],
        ["CircuitGrid.Azure"] = ["CircuitGrid.Experiments", "CircuitGrid.Circuits", "CircuitGrid.Compute"],
        ["CircuitGrid.Grains"] = ["CircuitGrid.Experiments", "CircuitGrid.Graphs", "CircuitGrid.Circuits", "CircuitGrid.Models", "CircuitGrid.Compute"],
        ["CircuitGrid.Silo"] =
        [
            "CircuitGrid.Azure", "CircuitGrid.Grains", "CircuitGrid.Graphs", "CircuitGrid.Torch", "CircuitGrid.Web", "CircuitGrid.Hub", "CircuitGrid.Experiments", "CircuitGrid.Circuits", "CircuitGrid.Models",
            "CircuitGrid.Compute",
        ],
        ["CircuitGrid.Gpu"] = ["CircuitGrid.Client", "CircuitGrid.Torch"],
    };

    /// <summary>Beginnings of the names of packages that only a cluster, a cloud or a GPU needs.</summary>
    public static IReadOnlyList<string> HeavyPackages { get; } = ["Microsoft.Orleans", "TorchSharp", "libtorch", "QuikGraph", "Azure.", "Microsoft.Azure"];

    /// <summary>References of a room to rooms that aren't below it.</summary>
    public static IEnumerable<string> WrongReferences(ProjectFile project) =>
        project.References.Where(r => !IsBelow(r, project.Name)).Select(r => $"{project.Name} references {r}");

    /// <summary>Mentions, in a room's source, of rooms above it, and namespaces of other rooms.</summary>
    public static IEnumerable<string> WrongNames(string room, string path, string text)
    {
        foreach (var name in RoomName().Matches(text).Select(m => m.Groups["room"].Value).Distinct(StringComparer.Ordinal))
        {
            if (!string.Equals(name, room, StringComparison.Ordinal) && IsRoom(name) && !IsBelow(name, room))
            {
                yield return $"{room}/{path} names {name}";
            }
        }

        foreach (Match match in Namespace().Matches(text))
        {
            var name = match.Groups["name"].Value;
            if (!string.Equals(name, room, StringComparison.Ordinal) && !name.StartsWith($"{room}.", StringComparison.Ordinal))
            {
                yield return $"{room}/{path} is in namespace {name}";
            }
        }
    }

    public static bool IsHeavy(string package) => HeavyPackages.Any(p => package.StartsWith(p, StringComparison.OrdinalIgnoreCase));

    private static bool IsRoom(string name) => Floors.Contains(name) || Annexes.ContainsKey(name);

    private static bool IsBelow(string lower, string upper)
    {
        if (Annexes.TryGetValue(upper, out var known))
        {
            return known.Contains(lower);
        }

        var at = IndexOf(lower);
        return at >= 0 && at < IndexOf(upper);
    }

    private static int IndexOf(string room) => Floors.ToList().IndexOf(room);

    [GeneratedRegex(@"\b(?<room>CircuitGrid\.[A-Z][A-Za-z]*)\b(?!\.Tests)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RoomName();

    [GeneratedRegex(@"^\s*namespace\s+(?<name>[\w.]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Namespace();
}
