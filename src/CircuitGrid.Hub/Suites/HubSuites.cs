using System.Collections.Concurrent;
using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Names;
using CircuitGrid.Models.Suites.Sources;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Hub.Suites;

/// <summary>Suites on the hub, through the cache that Hugging Face's libraries share. Safe for several threads.</summary>
/// <param name="store">Asks the hub, and keeps what it answers.</param>
public sealed class HubSuites(HubStore store) : IHub
{
    private const string Main = "main";
    private const string NoCheckpoint = "holds no checkpoint: neither a configuration nor weights";

    /// <summary>Repositories that are asked together.</summary>
    private const int AtATime = 8;

    private readonly ConcurrentDictionary<string, string> mains = new(StringComparer.Ordinal);
    private readonly CheckedFiles checkedFiles = new();
    private readonly KeptAnswers<HubSnapshot, HubCheckpoint> known = new();
    private readonly KeptAnswers<HubSnapshot, HubTree> treesOfMain = new();

    public long FreeBytes => FetchedFiles.FreeBytes(store.Options.CacheFolder);

    public async Task<SuiteFolder> OpenAsync(ExperimentSpec experiment, CancellationToken cancellation)
    {
        var address = HubAddress.Parse(experiment.Suite);
        var refs = new ConcurrentDictionary<string, HubRefs>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(address.Selections, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellation }, async (selection, cancel) =>
            refs[selection.Repository] = await store.ReadRefsAsync(selection.Repository, cancel));
        var notes = new List<string>();
        var sources = new List<(ICheckpointSource, string)>();
        var single = new Dictionary<string, List<FoundCheckpoint>>(StringComparer.Ordinal);
        foreach (var selection in address.Selections)
        {
            var here = refs[selection.Repository];
            var folder = store.FolderOf(here.Repository);
            var main = (store.Options.IsOffline ? MainNote.Read(folder) : null) ?? here.Revisions.FirstOrDefault(r => r.Name == Main)?.Commit;
            if (main is not null)
            {
                mains[folder.Repository] = main;
            }

            if (!string.Equals(here.Repository, selection.Repository, StringComparison.Ordinal))
            {
                notes.Add($"{selection.Repository} is called {here.Repository} now");
            }

            if (selection.Patterns.IsEmpty && main is not null && (experiment.Pattern is { } pattern ? pattern.Read(selection.Name) : DefaultPatterns.Read(selection.Name))?.Name?.Model is { } model)
            {
                var whole = new HubSnapshot(folder, main);
                if (!single.TryGetValue(model, out var checkpoints))
                {
                    single.Add(model, checkpoints = []);
                    sources.Add((new HubRevisions(model, []), whole.Folder));
                }

                checkpoints.Add(new(selection.Name, whole.Folder) { Hub = whole });
                continue;
            }

            var found = await ListAsync(selection, here, folder, main, cancellation);
            if (found.IsEmpty && !selection.Patterns.IsEmpty)
            {
                notes.Add($"{selection.Repository} has no revision {string.Join(" or ", selection.Patterns.Select(p => p.Text))}; it has {Some(here)}");
            }

            var isTwice = address.Selections.Count(s => s.Name == selection.Name) > 1;
            sources.Add((new HubRevisions(isTwice ? selection.Repository.Replace('/', '.') : selection.Name, found), main is null ? folder.Folder : folder.Snapshot(main)));
        }

        // repositories of one checkpoint each are one model, in the place of its first
        var all = sources.Select(s => single.TryGetValue(s.Item1.Model, out var checkpoints) ? (new HubRevisions(s.Item1.Model, [.. checkpoints]), s.Item2) : s);
        return SuiteFolder.Of(address.Text, experiment.SuiteName ?? address.CommonName, all, experiment.Ignore, experiment.Pattern, experiment.TokensPerStep, notes);
    }

    public SuiteFolder Open(ExperimentSpec experiment, string model, int step, HubPin pin)
    {
        if (!HubNames.IsRepository(pin.Repository) || !HubNames.IsCommit(pin.Commit) || (pin.Shared is { } shared && !HubNames.IsCommit(shared)) || (pin.Part.Length > 0 && !HubNames.IsPath(pin.Part)))
        {
            throw new InvalidInputException(experiment.Suite, "is asked for under a name that nothing on the hub can have");
        }

        var folder = store.FolderOf(pin.Repository);
        if (pin.Shared is { } main)
        {
            mains[folder.Repository] = main;
        }

        var snapshot = new HubSnapshot(folder, pin.Commit, pin.Part);
        var checkpoint = new SuiteCheckpoint(step, snapshot.Folder, pin.Commit, new(step, Tokens: null, TokensKnown.Unknown)) { Hub = snapshot };
        return SuiteFolder.OfOne(
            experiment.Suite,
            experiment.SuiteName ?? HubAddress.Parse(experiment.Suite).CommonName,
            model,
            checkpoint,
            pin.Shared is { } commit ? folder.Snapshot(commit) : folder.Folder,
            experiment.Ignore);
    }

    public HubPin Pin(HubCheckpoint checkpoint, WeightKind kind) => new(
        checkpoint.Snapshot.Repository.Repository,
        checkpoint.Snapshot.Commit,
        checkpoint.Snapshot.Part,
        mains.GetValueOrDefault(checkpoint.Snapshot.Repository.Repository),
        [.. checkpoint.FilesOf(kind).Select(file => new FileDigest(file.Name, file.Digest))]);

    public async Task<HubCheckpoint> LookAsync(SuiteModel model, SuiteCheckpoint checkpoint, CancellationToken cancellation)
    {
        var snapshot = checkpoint.Hub ?? throw new ArgumentException("is a folder of this machine", nameof(checkpoint));
        return await known.GetAsync(snapshot, () => LookAsync(checkpoint, snapshot, cancellation));
    }

    public bool IsHere(HubSnapshot checkpoint, HubFile file) => store.IsHere(checkpoint, file);

    public async Task FetchAsync(HubSnapshot checkpoint, HubFile file, IProgress<long>? received, CancellationToken cancellation)
    {
        await store.FetchAsync(checkpoint, file, received, cancellation);
        if (!FetchedFiles.Has(checkpoint.Repository, file))
        {
            // what this program has fetched was checked while it came
            await checkedFiles.RequireAsync(checkpoint, file, cancellation);
        }
    }

    public bool Remove(HubRepositoryFolder repository, HubFile file) => FetchedFiles.Remove(repository, file);

    public bool IsFetched(HubRepositoryFolder repository, HubFile file) => FetchedFiles.Has(repository, file);

    /// <summary>What may be checkpoints of a repository.</summary>
    private async Task<ImmutableArray<FoundCheckpoint>> ListAsync(HubSelection selection, HubRefs refs, HubRepositoryFolder folder, string? main, CancellationToken cancellation)
    {
        var found = new List<FoundCheckpoint>();
        foreach (var revision in refs.Revisions.DistinctBy(r => r.Name, StringComparer.Ordinal))
        {
            if (selection.Patterns.IsEmpty ? revision.Kind != HubRevisionKind.Convert && revision.Name != Main : selection.Names(revision.Name))
            {
                found.Add(Found(revision.Name, new(folder, revision.Commit)));
            }
        }

        foreach (var name in selection.Patterns.Where(p => p.IsName).Select(p => p.Text).Where(name => found.TrueForAll(f => f.Name != name)))
        {
            // a commit, or a name that isn't listed, as that of a pull request
            found.Add(Found(name, new(folder, await store.FindCommitAsync(refs.Repository, name, cancellation))));
        }

        if (selection.Patterns.IsEmpty && main is not null && !found.Exists(f => DefaultPatterns.Read(f.Name) is not null))
        {
            var top = new HubSnapshot(folder, main);
            var topTree = await store.ReadTreeAsync(folder, main, cancellation);
            var parts = Parts(top, topTree);
            return [.. found, .. parts.IsEmpty ? [Found(Main, top) with { Fault = HasCheckpoint(top, topTree) ? $"is a checkpoint only where it is asked for, as {HubAddress.Scheme}{selection.Repository}@{Main}" : NoCheckpoint }] : parts];
        }

        var tops = found.FindAll(f => f.IsTop);
        foreach (var top in tops)
        {
            var tree = await store.ReadTreeAsync(folder, top.Hub!.Commit, cancellation);
            if (Parts(top.Hub, tree) is { IsEmpty: false } parts && !HasCheckpoint(top.Hub, tree))
            {
                found.Remove(top);
                found.AddRange(parts);
            }
            else if (!HasCheckpoint(top.Hub, tree))
            {
                found[found.IndexOf(top)] = top with { Fault = NoCheckpoint };
            }
            else if (top.Hub.Find(tree, TrainerState.FileName) is { } state)
            {
                await store.FetchAsync(top.Hub, state, received: null, cancellation);
            }
        }

        return [.. found];
    }

    /// <summary>Some of a repository's revisions, for people.</summary>
    private static string Some(HubRefs refs)
    {
        const int Shown = 5;
        string[] names = [.. refs.Revisions.Select(r => r.Name).Distinct(StringComparer.Ordinal)];
        return names.Length == 0 ? "none" : string.Join(", ", names.Take(Shown)) + (names.Length > Shown ? $" and {names.Length - Shown} more" : "");
    }

    private static FoundCheckpoint Found(string name, HubSnapshot snapshot) => new(name, snapshot.Folder) { Hub = snapshot, IsTop = name == Main || HubNames.IsCommit(name) };

    private static bool HasCheckpoint(HubSnapshot snapshot, HubTree tree) => snapshot.Find(tree, CheckpointFolder.ConfigName) is not null || new HubCheckpoint(snapshot, tree).Kinds.Length > 0;

    /// <summary>Folders of a revision that are checkpoints themselves.</summary>
    private static ImmutableArray<FoundCheckpoint> Parts(HubSnapshot snapshot, HubTree tree) =>
    [
        .. tree.Files
            .Where(file => file.Path.Count(c => c == '/') == 1 && file.Name == CheckpointFolder.ConfigName)
            .Select(file => file.Path[..file.Path.IndexOf('/', StringComparison.Ordinal)])
            .Select(name => (Name: name, Snapshot: snapshot with { Part = name }))
            .Select(part => new FoundCheckpoint(part.Name, part.Snapshot.Folder) { Hub = part.Snapshot }),
    ];

    private async Task<HubCheckpoint> LookAsync(SuiteCheckpoint checkpoint, HubSnapshot snapshot, CancellationToken cancellation)
    {
        var tree = await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, cancellation);
        var hub = new HubCheckpoint(snapshot, tree) { OfMain = await WeightsOfMainAsync(snapshot, cancellation) };
        if (hub.Kinds.IsEmpty && ForeignWeights.Recognise([.. snapshot.FilesOf(tree).Select(f => f.Name)]) is { } foreign)
        {
            throw new InvalidInputException(snapshot.Address, $"has no weights that can be read. {foreign.Text}");
        }

        await FetchAsync(snapshot, snapshot.Find(tree, CheckpointFolder.ConfigName) ?? throw new InvalidInputException(snapshot.Address, $"has no {CheckpointFolder.ConfigName}"), cancellation);
        if (hub.Kind.IsSharded())
        {
            await FetchAsync(snapshot, snapshot.Find(tree, hub.Kind.FileName())!, cancellation);
        }

        await FetchTokenizerAsync(snapshot, tree, cancellation);
        if ((snapshot.Find(tree, Experiments.Grid.FileExperimentSource.LexiconName) ?? tree.Find(Experiments.Grid.FileExperimentSource.LexiconName)) is { } lexicon)
        {
            await FetchAsync(snapshot, lexicon, cancellation);
        }

        if (hub.Kind is WeightKind.Safetensors or WeightKind.SafetensorsShards)
        {
            foreach (var file in hub.FilesOf(hub.Kind).Where(f => !store.IsHere(snapshot, f)))
            {
                await store.FetchHeaderAsync(snapshot, file, cancellation);
            }
        }

        if (!HubNames.IsCommit(checkpoint.Name) && snapshot.Part.Length == 0 && HubNames.IsRevision(checkpoint.Name))
        {
            store.WriteRef(snapshot.Repository, checkpoint.Name, snapshot.Commit);
        }

        return hub;
    }

    /// <summary>The tokenizer of the checkpoint's folder, of its revision, or of <c>main</c>: one file, or two where there is no such one.</summary>
    private async Task FetchTokenizerAsync(HubSnapshot snapshot, HubTree tree, CancellationToken cancellation)
    {
        foreach (var names in (string[][])[[TokenizerFiles.Name], [TokenizerFiles.VocabularyName, TokenizerFiles.MergesName]])
        {
            HubFile?[] own = [.. names.Select(name => snapshot.Find(tree, name) ?? tree.Find(name))];
            if (await FetchAllAsync(snapshot, own, cancellation))
            {
                return;
            }

            if (mains.TryGetValue(snapshot.Repository.Repository, out var main))
            {
                var shared = await TreeOfMainAsync(snapshot, main, cancellation);
                if (await FetchAllAsync(new(snapshot.Repository, main), [.. names.Select(shared.Find)], cancellation))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Fetches files where all are there.</summary>
    private async Task<bool> FetchAllAsync(HubSnapshot snapshot, HubFile?[] files, CancellationToken cancellation)
    {
        if (Array.Exists(files, f => f is null))
        {
            return false;
        }

        foreach (var file in files)
        {
            await FetchAsync(snapshot, file!, cancellation);
        }

        return true;
    }

    private async Task<ImmutableHashSet<string>> WeightsOfMainAsync(HubSnapshot snapshot, CancellationToken cancellation)
    {
        if (!mains.TryGetValue(snapshot.Repository.Repository, out var main) || main == snapshot.Commit)
        {
            return [];
        }

        // what Git keeps itself is small, and has the same digest wherever it is an empty file or a form
        var tree = await TreeOfMainAsync(snapshot, main, cancellation);
        return [.. tree.Files.Where(file => file.Sha256 is not null && (file.Name.EndsWith(".safetensors", StringComparison.Ordinal) || file.Name.EndsWith(".bin", StringComparison.Ordinal))).Select(file => file.Digest)];
    }

    /// <summary>The files of <c>main</c>, for which every other checkpoint asks.</summary>
    private Task<HubTree> TreeOfMainAsync(HubSnapshot snapshot, string main, CancellationToken cancellation) => treesOfMain.GetAsync(new(snapshot.Repository, main), async () =>
    {
        var tree = await store.ReadTreeAsync(snapshot.Repository, main, cancellation);
        MainNote.Write(snapshot.Repository, main);
        return tree;
    });

    private Task FetchAsync(HubSnapshot snapshot, HubFile file, CancellationToken cancellation) => store.FetchAsync(snapshot, file, received: null, cancellation);
}
