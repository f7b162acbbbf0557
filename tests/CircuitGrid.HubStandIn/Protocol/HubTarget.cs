using CircuitGrid.HubStandIn.Requests;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>
/// What the path and query of a request ask for. Read from the bytes that were sent, because a server's own reading loses which slashes were escaped.
/// </summary>
internal sealed record HubTarget(RequestKind Kind, string Repository, string Revision, string Path, IReadOnlyDictionary<string, StringValues> Query)
{
    private static readonly Dictionary<string, RequestKind> ApiVerbs = new(StringComparer.Ordinal)
    {
        ["refs"] = RequestKind.References,
        ["revision"] = RequestKind.Model,
        ["tree"] = RequestKind.Tree,
        ["paths-info"] = RequestKind.PathsInfo,
        ["commits"] = RequestKind.Commits,
    };

    private static readonly Dictionary<string, RequestKind> FileVerbs = new(StringComparer.Ordinal) { ["resolve"] = RequestKind.Resolve, ["raw"] = RequestKind.Raw };

    /// <summary>Reads a request's target: path and query with their escapes.</summary>
    public static HubTarget Parse(string target)
    {
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var query = QueryHelpers.ParseQuery(mark < 0 ? "" : target[mark..]);
        string[] parts = [.. (mark < 0 ? target : target[..mark]).Split('/').Skip(1).Select(Uri.UnescapeDataString)];
        return parts switch
        {
            ["api", "models", .. var rest] => Verb(rest, ApiVerbs, query) ?? Model(rest, query),
            ["api", "resolve-cache", "models", var name, var commit, .. var path] when commit.Length == 40 => new(RequestKind.ResolveCache, name, commit, Join(path), query),
            ["api", "resolve-cache", "models", var org, var name, var commit, .. var path] => new(RequestKind.ResolveCache, $"{org}/{name}", commit, Join(path), query),
            ["objects", ..] => new(RequestKind.Large, "", "", "", query),
            _ => Verb(parts, FileVerbs, query) ?? new(RequestKind.Unknown, "", "", "", query),
        };
    }

    /// <summary>The value of a key of the query, or <see langword="null"/>.</summary>
    public string? Value(string key) => Query.TryGetValue(key, out var value) ? value.ToString() : null;

    /// <summary>Whether a key of the query says yes.</summary>
    public bool Flag(string key) => Value(key) is "true" or "True" or "1";

    private static HubTarget? Verb(string[] parts, Dictionary<string, RequestKind> verbs, Dictionary<string, StringValues> query)
    {
        var at = parts.Length > 1 && verbs.ContainsKey(parts[1]) ? 1 : 2;
        if (parts.Length <= at || !verbs.TryGetValue(parts[at], out var kind))
        {
            return null;
        }

        // Clients escape the slashes of a revision; some leave those of the hub's own kinds as they are.
        var rest = parts[(at + 1)..];
        var names = rest is ["refs", "convert" or "pr", _, ..] ? 3 : Math.Min(1, rest.Length);
        return new(kind, Join(parts[..at]), Join(rest[..names]), Join(rest[names..]), query);
    }

    private static HubTarget Model(string[] parts, Dictionary<string, StringValues> query) =>
        parts.Length is 1 or 2 ? new(RequestKind.Model, Join(parts), "", "", query) : new(RequestKind.Unknown, "", "", "", query);

    private static string Join(string[] parts) => string.Join('/', parts);
}
