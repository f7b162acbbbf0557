using System.Text.RegularExpressions;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Protocol;

/// <summary>The hub's addresses of things, and how messages show an address.</summary>
internal sealed partial class HubUrls(Uri endpoint)
{
    private readonly string root = endpoint.AbsoluteUri.TrimEnd('/');

    public Uri Refs(string repository) => new($"{Model(repository)}/refs");

    public Uri Revision(string repository, string revision) => new($"{Model(repository)}/revision/{Uri.EscapeDataString(revision)}");

    public Uri Tree(string repository, string commit) => new($"{Model(repository)}/tree/{commit}?recursive=true&expand=false");

    public Uri File(string repository, string commit, HubFile file) =>
        new($"{root}/{repository}/resolve/{commit}/{string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString))}");

    /// <summary>The page on which a person reads of a repository and accepts its terms.</summary>
    public string Page(string repository) => $"{root}/{repository}";

    /// <summary>Whether an address is on the hub itself, by its scheme, host and port.</summary>
    public bool IsHub(Uri address) => HaveOneOrigin(address, endpoint);

    /// <summary>
    /// The page of a list that another page names, on the hub that was asked: a mirror may pass on what the hub itself says. <see langword="null"/> where it is elsewhere.
    /// </summary>
    public Uri? NextPage(Uri page, string link)
    {
        if (!Uri.TryCreate(page, link, out var next))
        {
            return null;
        }

        if (!IsHub(next) && HaveOneOrigin(next, new(HubOptions.DefaultEndpoint)))
        {
            next = new(root + next.PathAndQuery);
        }

        return IsHub(next) && string.Equals(next.AbsolutePath, page.AbsolutePath, StringComparison.OrdinalIgnoreCase) ? next : null;
    }

    /// <summary>The repository that an answer is of, by the address that it came from at last; <see langword="null"/> where that doesn't say.</summary>
    public string? RepositoryOf(Uri refs) =>
        IsHub(refs) && refs.AbsoluteUri.StartsWith(root, StringComparison.Ordinal) && RefsPath().Match(refs.AbsoluteUri[root.Length..]) is { Success: true } match
            && Uri.UnescapeDataString(match.Groups["name"].Value) is var name && HubNames.IsRepository(name)
            ? name
            : null;

    /// <summary>An address as messages show it: behind its path stand the signatures.</summary>
    public static string Show(Uri address) => Text.OneLine(address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped));

    public static bool HaveOneOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && string.Equals(one.Host, other.Host, StringComparison.OrdinalIgnoreCase);

    private string Model(string repository) => $"{root}/api/models/{repository}";

    [GeneratedRegex(@"\A/api/models/(?<name>[^?#]+)/refs(\?.*)?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RefsPath();
}
