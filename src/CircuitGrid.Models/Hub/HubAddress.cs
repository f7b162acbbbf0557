using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Hub;

/// <summary>
/// A suite on the hub: <c>hf:ORGANIZATION/NAME</c>, behind it perhaps <c>@</c> and a pattern of revisions. Braces give alternatives,
/// <c>hf:EleutherAI/pythia-{70m,160m}</c>; each repository is a model.
/// </summary>
public sealed class HubAddress
{
    /// <summary>What an address begins with.</summary>
    public const string Scheme = "hf:";

    private static readonly char[] s_separators = ['-', '_', '.'];

    private HubAddress(string text, ImmutableArray<HubSelection> selections)
    {
        Text = text;
        Selections = selections;
    }

    /// <summary>The address.</summary>
    public string Text { get; }

    /// <summary>The repositories, each once, in the order of the address.</summary>
    public ImmutableArray<HubSelection> Selections { get; }

    /// <summary>
    /// What the repositories' names have in common: that of the only one; else how all begin, up to the end of a word; else their organization.
    /// </summary>
    public string CommonName
    {
        get
        {
            string[] names = [.. Selections.Select(s => s.Name).Distinct(StringComparer.Ordinal)];
            var length = names.Min(name => name.Length);
            var common = 0;
            while (common < length && names.All(name => name[common] == names[0][common]))
            {
                common++;
            }

            if (names.Any(name => common < name.Length && !s_separators.Contains(name[common])))
            {
                common = names[0].AsSpan(0, common).LastIndexOfAny(s_separators) is var at and > 0 ? at : 0;
            }

            var word = names[0][..common].TrimEnd(s_separators);
            string[] organizations = [.. Selections.Select(s => s.Repository.Split('/')[0]).Distinct(StringComparer.Ordinal)];
            return word.Length > 0 ? word : organizations is [var only] ? only : "hub";
        }
    }

    /// <summary>Whether a text is an address on the hub, not a path.</summary>
    public static bool IsOne(string text) => text.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address.</param>
    /// <exception cref="InvalidInputException">It isn't one.</exception>
    public static HubAddress Parse(string text)
    {
        if (!IsOne(text))
        {
            throw new InvalidInputException(text, $"is no address on the hub; one begins with {Scheme}, as {Scheme}EleutherAI/pythia-160m");
        }

        var patterns = new Dictionary<string, List<RevisionPattern>>(StringComparer.Ordinal);
        var order = new List<string>();
        foreach (var one in Braces.Expand(text[Scheme.Length..], text))
        {
            var at = one.IndexOf('@', StringComparison.Ordinal);
            var repository = at < 0 ? one : one[..at];
            if (!HubNames.IsRepository(repository))
            {
                throw new InvalidInputException(text, $"names the repository '{Files.Text.OneLine(repository)}'; a repository is ORGANIZATION/NAME, as EleutherAI/pythia-160m, with a pattern of revisions behind @ where not all are meant");
            }

            if (!patterns.TryGetValue(repository, out var known))
            {
                patterns.Add(repository, known = []);
                order.Add(repository);
            }
            else if (at < 0 || known.Count == 0)
            {
                throw new InvalidInputException(text, $"names the repository {repository} twice");
            }

            if (at >= 0)
            {
                var pattern = one[(at + 1)..];
                known.Add(HubNames.IsRevision(pattern.Replace('*', 'x').Replace('?', 'x'))
                    ? new(pattern)
                    : throw new InvalidInputException(text, $"has '{Files.Text.OneLine(pattern)}' behind @; there stands a revision, a pattern of some, as step*, or a commit of {HubNames.CommitDigits} digits"));
            }
        }

        return new(text, [.. order.Select(repository => new HubSelection(repository, [.. patterns[repository].DistinctBy(p => p.Text, StringComparer.Ordinal)]))]);
    }
}
