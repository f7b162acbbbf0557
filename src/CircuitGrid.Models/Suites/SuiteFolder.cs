using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Suites.Names;
using CircuitGrid.Models.Suites.Sources;

namespace CircuitGrid.Models.Suites;

/// <summary>
/// A suite of models: a folder of models' folders, each with its checkpoints; a folder of repositories, in the cache of Hugging Face's libraries or not; or
/// one model's folder alone. <c>suite.json</c> may say more, {"name", "tokensPerStep", "pattern", "stages": [names], "ignore": [keys], "models": [{"name",
/// "parameters"}]}, and names the models then. What is listed is what was there when it was opened.
/// </summary>
public sealed class SuiteFolder
{
    public const string SuiteName = "suite.json";

    /// <summary>Pythia's tokens per training step, 1024 sequences of 2048: what is assumed of folders named <c>step{N}</c> where nothing says otherwise.</summary>
    public const long PythiaTokensPerStep = 1024 * 2048;

    private const int MaxFileBytes = 1 << 20;
    private const int MaxModels = 10_000;
    private const long MaxTokensPerStep = 1_000_000_000_000;
    private const long MaxParameters = 1_000_000_000_000_000;

    /// <summary>What the names of other repositories in a hub cache begin with.</summary>
    private static readonly ImmutableArray<string> s_otherRepositories = ["datasets--", "spaces--"];

    private SuiteFolder(string folder, string name, ListingRules rules, IEnumerable<SuiteModel> models)
    {
        Folder = folder;
        Name = name;
        Ignored = rules.Ignored;
        Models = [.. models];
        LeftOut = [];
        Notes = [];
    }

    private SuiteFolder(string folder, string name, ListingRules rules, IEnumerable<ModelListing> listings, IEnumerable<LeftOut> leftOut, IEnumerable<string>? notes = null)
    {
        ModelListing[] all = [.. listings];
        Folder = folder;
        Name = name;
        Ignored = rules.Ignored;
        TokensPerStep = rules.TokensPerStep;
        var models = ImmutableArray.CreateBuilder<SuiteModel>();
        var notTaken = leftOut.ToList();
        foreach (var model in all.SelectMany(listing => listing.Models))
        {
            if (!PartName.IsUsable(model.Name))
            {
                notTaken.Add(new("", model.Name, $"can't be a model's name: {PartName.Rule}", IsCheckpoint: true));
            }
            else if (models.Any(m => m.Name == model.Name))
            {
                notTaken.Add(new("", Path.GetFileName(model.Folder), $"would be model {model.Name} again", IsCheckpoint: true));
            }
            else
            {
                models.Add(model);
            }
        }

        Models = models.ToImmutable();
        LeftOut = [.. all.SelectMany(listing => listing.LeftOut), .. notTaken];
        Notes = [.. notes ?? [], .. all.SelectMany(listing => listing.Notes)];
    }

    /// <summary>The folder; of a suite on the hub its address.</summary>
    public string Folder { get; }

    public string Name { get; }

    /// <summary>Tokens of a training step, as <c>suite.json</c> states them; <see langword="null"/> where it doesn't.</summary>
    public long? TokensPerStep { get; }

    /// <summary>
    /// Keys of other tools' files in the suite (<c>config.json</c>, <c>tokenizer.json</c>, an index of weights) that somebody says to ignore: those that
    /// <c>suite.json</c> names, and those that it was opened with.
    /// </summary>
    public ImmutableSortedSet<string> Ignored { get; }

    /// <summary>The models in the order of <c>suite.json</c>, or by name without it. A model that is listed but has no folder yet has no checkpoints.</summary>
    public ImmutableArray<SuiteModel> Models { get; }

    /// <summary>What is in the folder and isn't taken, and why.</summary>
    public ImmutableArray<LeftOut> LeftOut { get; }

    /// <summary>What people should know of how names were read.</summary>
    public ImmutableArray<string> Notes { get; }

    /// <summary>Opens a suite's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="ignored">Keys of other tools' files to ignore beside those that <c>suite.json</c> names.</param>
    /// <param name="pattern">The only pattern of checkpoints' names; <see langword="null"/> for that of <c>suite.json</c>, or else the usual ones.</param>
    /// <exception cref="InvalidInputException">The folder or its <c>suite.json</c> isn't a suite's.</exception>
    public static SuiteFolder Open(string folder, IEnumerable<string>? ignored = null, NamePattern? pattern = null)
    {
        FolderBounds.Require(folder);
        if (!Directory.Exists(folder))
        {
            throw new InvalidInputException(folder, File.Exists(folder) ? "is a file; a suite is a folder" : "doesn't exist");
        }

        var path = Path.Combine(folder, SuiteName);
        return File.Exists(path) ? Parse(folder, path, SourceFile.ReadAll(path, MaxFileBytes), ignored, pattern) : List(folder, ignored, pattern);
    }

    /// <summary>A suite whose models' checkpoints are found elsewhere than in a folder of its own.</summary>
    /// <param name="address">What it is found by.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="sources">A source for each model, and the folder with what its checkpoints share.</param>
    /// <param name="ignored">Keys of other tools' files to ignore.</param>
    /// <param name="pattern">The only pattern of checkpoints' names; <see langword="null"/> for the usual ones.</param>
    /// <param name="tokensPerStep">Tokens of a training step; <see langword="null"/> where nobody states them.</param>
    /// <param name="notes">What people should know of it.</param>
    /// <exception cref="InvalidInputException">A source can't be listed.</exception>
    public static SuiteFolder Of(
        string address, string name, IEnumerable<(ICheckpointSource Source, string Folder)> sources, IEnumerable<string> ignored, NamePattern? pattern, long? tokensPerStep, IEnumerable<string> notes)
    {
        var rules = new ListingRules { SuiteFolder = address, Pattern = pattern, TokensPerStep = tokensPerStep, Ignored = ToSet(ignored) };
        return new(address, name, rules, sources.Select(s => ModelListing.Of(s.Source, s.Folder, parameters: null, rules, isStated: true)), [], notes);
    }

    /// <summary>A suite of one checkpoint that is known already.</summary>
    /// <param name="address">What the suite is found by.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="model">The model.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="shared">The folder with what the model's checkpoints share.</param>
    /// <param name="ignored">Keys of other tools' files to ignore.</param>
    public static SuiteFolder OfOne(string address, string name, string model, SuiteCheckpoint checkpoint, string shared, IEnumerable<string> ignored)
    {
        var rules = new ListingRules { SuiteFolder = address, Ignored = ToSet(ignored) };
        return new(address, name, rules,
        [
            new SuiteModel
            {
                Name = model,
                BaseName = model,
                Folder = shared,
                SuitePath = address,
                Ignored = rules.Ignored,
                Source = new ModelFolder(shared),
                Checkpoints = [checkpoint],
            },
        ]);
    }

    /// <summary>The model of a name, or <see langword="null"/>.</summary>
    public SuiteModel? Find(string name) => Models.FirstOrDefault(model => model.Name == name);

    /// <summary>A suite by the contents of its <c>suite.json</c>.</summary>
    internal static SuiteFolder Parse(string folder, string path, ReadOnlySpan<byte> utf8, IEnumerable<string>? ignored = null, NamePattern? pattern = null)
    {
        var json = JsonInput.Parse(path, utf8);
        var name = RequireName(json);
        var tokensPerStep = json.FindInteger("tokensPerStep", 1, MaxTokensPerStep);
        var own = json.Find("pattern") is { } text ? NamePattern.Parse(text.AsString(), text.Where) : null;
        ImmutableArray<string> stages = [.. json.Find("stages")?.Items().Select(stage => stage.AsString()) ?? []];
        var rules = new ListingRules
        {
            SuiteFolder = folder,
            Pattern = pattern ?? own,
            TokensPerStep = tokensPerStep,
            Stages = stages,
            Ignored = ToSet([.. ReadIgnore(json), .. ignored ?? []]),
        };
        var entries = json.FindObjects("models");
        if (entries is null or { Count: 0 or > MaxModels })
        {
            throw json.Error("models", $"must be a list of one to {MaxModels} models");
        }

        var listings = new List<ModelListing>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var model = RequireName(entry);
            if (!names.Add(model))
            {
                throw entry.Error("name", $"is {Text.OneLine(model)}, as another model's already is");
            }

            var modelFolder = Path.Combine(folder, model);
            listings.Add(ModelListing.Of(SourceOf(modelFolder), modelFolder, entry.FindInteger("parameters", 1, MaxParameters), rules, isStated: true));
            entry.RefuseNulls();
            entry.Finish();
        }

        json.RefuseNulls();
        json.Finish();
        var others = Folders.In(folder).Where(other => !names.Contains(other)).Select(other => new LeftOut("", other, $"{SuiteName} doesn't list it", ModelListing.HoldsCheckpoints(Path.Combine(folder, other), rules)));
        return new SuiteFolder(folder, name, rules, listings, others);
    }

    private static IEnumerable<string> ReadIgnore(JsonInput json)
    {
        foreach (var item in json.Find("ignore")?.Items() ?? [])
        {
            var key = item.AsString();
            yield return key.Length > 0 ? key : throw item.Error("is empty; it must be a key");
        }
    }

    private static ImmutableSortedSet<string> ToSet(IEnumerable<string> keys) => keys.ToImmutableSortedSet(StringComparer.Ordinal);

    private static SuiteFolder List(string folder, IEnumerable<string>? ignored, NamePattern? pattern)
    {
        var rules = new ListingRules { SuiteFolder = folder, Pattern = pattern, Ignored = ToSet(ignored ?? []) };
        var leftOut = new List<LeftOut>();
        ModelListing[] listings = [.. Sources(folder, rules, leftOut).Select(s => ModelListing.Of(s.Source, s.Folder, parameters: null, rules))];
        var (models, empty) = (listings.Where(l => !l.Models.IsEmpty), listings.Where(l => l.Models.IsEmpty));
        leftOut.AddRange(empty.SelectMany(l => l.LeftOut));
        var name = listings is [{ Models: [var first, ..] }] && first.Folder == folder ? first.BaseName : NameOf(folder);
        var suite = new SuiteFolder(folder, PartName.IsUsable(name) ? name : throw Unusable(folder, name), rules, models, leftOut);
        return suite.Models.IsEmpty ? throw NoSuite(folder, suite, rules) : suite;
    }

    /// <summary>The models' sources in a folder, and the folders that have what their checkpoints share.</summary>
    private static IEnumerable<(ICheckpointSource Source, string Folder)> Sources(string folder, ListingRules rules, List<LeftOut> leftOut)
    {
        if (HubCache.IsRepository(folder))
        {
            return [(new HubCache(folder), folder)];
        }

        var names = Folders.In(folder);
        if (Folders.IsCheckpoint(folder) || names.Any(name => ModelListing.IsCheckpointName(name, Path.Combine(folder, name), rules)))
        {
            return [(new ModelFolder(folder), folder)];
        }

        var others = names.Where(name => s_otherRepositories.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).ToHashSet(StringComparer.Ordinal);
        leftOut.AddRange(others.Select(name => new LeftOut("", name, "is the cache of a repository that isn't a model's", IsCheckpoint: false)));
        var repositories = names
            .Select(name => (Name: name, rules.Read(name)?.Name?.Model))
            .Where(r => r.Model is not null && Folders.IsCheckpoint(Path.Combine(folder, r.Name)))
            .GroupBy(r => r.Model!, r => r.Name, StringComparer.Ordinal)
            .ToArray();
        others.UnionWith(repositories.SelectMany(r => r));
        return
        [
            .. names.Where(name => !others.Contains(name)).Select(name => Path.Combine(folder, name)).Select(path => (SourceOf(path), path)),
            .. repositories.Select(r => ((ICheckpointSource)new RepositoryFolders(r.Key, folder, [.. r]), folder)),
        ];
    }

    private static ICheckpointSource SourceOf(string folder) => HubCache.IsRepository(folder) ? new HubCache(folder) : new ModelFolder(folder);

    private static string NameOf(string folder) => PartName.Escape(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))));

    private static InvalidInputException Unusable(string folder, string name) =>
        new(folder, $"{Text.OneLine(name)} can't be part of a cell's name, suite/model@step: {PartName.Rule}; write a {SuiteName} with another name, or rename the folder");

    private static InvalidInputException NoSuite(string folder, SuiteFolder suite, ListingRules rules)
    {
        const int Shown = 3;
        var seen = suite.LeftOut.IsEmpty
            ? "there are no folders in it"
            : string.Join("; ", suite.LeftOut.Take(Shown)) + (suite.LeftOut.Length > Shown ? $"; and {suite.LeftOut.Length - Shown} more" : "");
        return new(folder, $"has no checkpoints: {seen}. {char.ToUpperInvariant(rules.Expected[0])}{rules.Expected[1..]}");
    }

    private static string RequireName(JsonInput json)
    {
        var name = json.FindString("name") ?? throw json.Error("name", "is missing");
        return FileNames.IsPlain(name) && PartName.IsUsable(name)
            ? name
            : throw json.Error("name", $"is \"{Text.OneLine(name)}\"; it must be a plain folder name without @: {PartName.Rule}");
    }
}
