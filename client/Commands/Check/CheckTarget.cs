using System.Collections.Immutable;
using CircuitGrid.Circuits.Published;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Client.Commands;

/// <summary>A checkpoint on this machine, and the published model that it is taken for.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Model">The published model.</param>
/// <param name="Reason">Why it is taken for that, to go on after its name.</param>
internal sealed record CheckTarget(string Folder, PublishedModel Model, string Reason)
{
    private const string SnapshotsName = "snapshots";
    private const string RepositoryPrefix = "models--";

    /// <summary>Which of its weights are read; <see langword="null"/> for the usual.</summary>
    public WeightKind? Kind { get; init; }

    /// <summary>Its tokenizer, where it isn't beside it; <see langword="null"/> for that which is.</summary>
    public string? TokenizerPath { get; init; }

    /// <summary>Finds out which model an argument names, and fetches it where it is on the hub.</summary>
    /// <param name="context">The running command.</param>
    /// <param name="argument">A folder, or an address on the hub.</param>
    /// <param name="named">The published model's name, where the command line gives it.</param>
    /// <param name="ignored">Keys of other tools' files to ignore.</param>
    /// <exception cref="InvalidInputException">There is no such model, or it isn't known which published one it is.</exception>
    public static async Task<CheckTarget> FindAsync(CommandContext context, string argument, string? named, ImmutableSortedSet<string> ignored)
    {
        var numbers = context.Environment.Published.Value;
        var model = named is null ? null : numbers.Find(named) ?? throw new InvalidInputException($"--as {named}", $"is no model that numbers were published for; {Names(numbers)}");
        if (RemoteSuite.IsOne(argument))
        {
            return await OnHubAsync(context, argument, model, numbers, ignored);
        }

        if (!Directory.Exists(argument))
        {
            throw new InvalidInputException(
                argument, File.Exists(argument) ? "is a file; a checkpoint is a folder" : $"doesn't exist; name a checkpoint's folder, or a model on the hub ({HubAddress.Scheme}ORGANIZATION/NAME)");
        }

        return model is null ? OfFolder(argument, numbers) : new(argument, model, "as --as says");
    }

    private static async Task<CheckTarget> OnHubAsync(CommandContext context, string argument, PublishedModel? named, PublishedNumbers numbers, ImmutableSortedSet<string> ignored)
    {
        if (UrlList.IsOne(argument) || HubAddress.Parse(argument) is not { Selections: [{ Patterns: [] or [{ IsName: true }] } selection] })
        {
            throw new InvalidInputException(argument, $"isn't one checkpoint; name a repository, {HubAddress.Scheme}ORGANIZATION/NAME, behind it perhaps @ and one revision");
        }

        var revision = selection.Patterns is [var pattern] ? pattern.Text : null;
        var model = named ?? numbers.Find(selection.Repository) ?? throw Unknown(argument, numbers);
        if (named is null && revision is not null && revision != model.Revision)
        {
            throw new InvalidInputException(argument, $"is revision {revision}, and the numbers are of {model.Revision}; to compare it all the same, say --as {model.Name}");
        }

        var fetched = await FetchedModel.GetAsync(context, $"{HubAddress.Scheme}{selection.Repository}@{revision ?? model.Revision}", ignored);
        return new(fetched.Folder, model, named is null ? $"by its name on the hub, revision {model.Revision}" : "as --as says") { Kind = fetched.Kind, TokenizerPath = fetched.TokenizerPath };
    }

    private static CheckTarget OfFolder(string folder, PublishedNumbers numbers)
    {
        var byFolder = numbers.Find(NameOf(folder));
        var configured = ConfiguredName.Of(folder);
        var byConfig = configured is null ? null : numbers.Find(configured);
        if (byFolder is not null && byConfig is not null && byFolder != byConfig)
        {
            throw new InvalidInputException(folder, $"has the name of {byFolder.Name}, and its {CheckpointFolder.ConfigName} that of {byConfig.Name}; say which it is with --as");
        }

        return byFolder is not null ? new(folder, byFolder, "by its folder's name")
            : byConfig is not null ? new(folder, byConfig, $"by {ConfiguredName.Key} in its {CheckpointFolder.ConfigName}, which a model keeps that is trained on from it")
            : throw Unknown(folder, numbers);
    }

    /// <summary>The folder's own name; in a cache of Hugging Face's libraries the repository's.</summary>
    private static string NameOf(string folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Path.GetDirectoryName(path) is { } snapshots && Path.GetFileName(snapshots) == SnapshotsName
            && Path.GetFileName(Path.GetDirectoryName(snapshots)) is { } repository && repository.StartsWith(RepositoryPrefix, StringComparison.Ordinal)
            ? repository[RepositoryPrefix.Length..].Replace("--", "/", StringComparison.Ordinal)
            : Path.GetFileName(path);
    }

    private static InvalidInputException Unknown(string argument, PublishedNumbers numbers) =>
        new(argument, $"isn't known by its name to be a model that numbers were published for; say with --as which one it is: {Names(numbers)}");

    private static string Names(PublishedNumbers numbers) => $"there are {string.Join(", ", numbers.Models.Select(m => m.Name))}";
}
