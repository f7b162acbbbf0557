using System.Diagnostics.CodeAnalysis;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Experiments.Hosting;

/// <summary>
/// Reads experiments that come from somewhere else, e.g. over a network. Their paths are relative to one folder and name nothing outside it,
/// neither directly nor through links, and messages don't tell where the folder is. Nor do links within a suite lead out of it: whatever this process
/// opens by a path in the folder is held to the same bounds.
/// </summary>
public sealed class ExperimentTexts
{
    /// <summary>What an experiment without a file is called in messages.</summary>
    public const string Source = "experiment";

    /// <summary>What stands in messages for the server's own files.</summary>
    public const string Server = "the server";

    /// <summary>Stands for the root while a text is read: what is relative ends up below it, and an absolute path never does.</summary>
    private static readonly string Placeholder = Path.GetFullPath(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"), "a"));

    /// <summary>Reads for a folder of suites, which has <see cref="FolderBounds"/> from now on.</summary>
    /// <param name="root">The folder of the suites.</param>
    /// <param name="linksInto">Folders outside of it that links in it may lead into.</param>
    /// <exception cref="InvalidInputException">There is no such folder.</exception>
    public ExperimentTexts(string root, IEnumerable<string>? linksInto = null)
    {
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        if (!Directory.Exists(Root))
        {
            throw new InvalidInputException(root, "is no folder; name the one that the suites are in");
        }

        FolderBounds.Set(Root, linksInto ?? []);
    }

    /// <summary>Full path of the folder.</summary>
    public string Root { get; }

    /// <summary>What a host calls an experiment: the first 16 hex digits of <see cref="ExperimentSpec.Identity"/>.</summary>
    public static string IdOf(ExperimentSpec experiment) => experiment.Identity[..HostedExperiment.IdLength];

    /// <summary>What a host of a former version called it: the same of <see cref="ExperimentSpec.FormerIdentity"/>.</summary>
    public static string FormerIdOf(ExperimentSpec experiment) => experiment.FormerIdentity[..HostedExperiment.IdLength];

    /// <summary>Whether a text has the form of an id.</summary>
    public static bool IsId(string text) => text.Length == HostedExperiment.IdLength && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Reads an experiment; its suite, pairs files and lexicons are in the root.</summary>
    /// <exception cref="InvalidInputException">The text isn't an experiment, or names a path outside.</exception>
    public ExperimentSpec Parse(string yaml)
    {
        var read = ExperimentSpec.Parse(yaml, Source, Placeholder);
        return read with
        {
            Root = Root,
            Suite = UrlList.IsOne(read.Suite) ? UrlList.Scheme + Inside(read.Suite[UrlList.Scheme.Length..], "suite") : RemoteSuite.IsOne(read.Suite) ? read.Suite : Inside(read.Suite, "suite"),
            Tasks = [.. read.Tasks.Select(t => t with { Pairs = Inside(t.Pairs, "pairs"), Lexicon = Inside(t.Lexicon, "lexicon") })],
        };
    }

    /// <summary>A message for people elsewhere: paths in the root become relative to it.</summary>
    public string Hide(string message) => message
        .Replace(Root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
        .Replace(Root, ".", StringComparison.Ordinal);

    /// <summary>The error for people elsewhere.</summary>
    public InvalidInputException Hide(InvalidInputException error)
    {
        var input = Hide(error.Input);
        return Path.IsPathRooted(input)
            ? new(Server, "can't use one of its own files; its log says which", error)
            : new(input, Hide(error.Reason), error);
    }

    [return: NotNullIfNotNull(nameof(path))]
    private string? Inside(string? path, string what)
    {
        if (path is null)
        {
            return null;
        }

        var relative = Path.GetRelativePath(Placeholder, path);
        if (Path.IsPathRooted(relative) || IsUpwards(relative))
        {
            throw new InvalidInputException(Source, $"'{what}' must be a path in the server's folder of suites, relative to it and without a way out of it");
        }

        var full = Path.GetFullPath(relative, Root);
        return FolderBounds.Hold(full)
            ? full
            : throw new InvalidInputException(Source, $"'{what}' names '{Text.OneLine(relative)}', which {new OutOfBoundsException().Reason}");
    }

    private static bool IsUpwards(string relative) =>
        relative is ".." || relative.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
}
