using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Suites;

/// <summary>
/// A suite of models: a folder with <c>suite.json</c>, {"name", "tokensPerStep", "ignore": [keys], "models": [{"name", "parameters"}]}, and a folder for
/// each model with its <c>step{N}</c> checkpoints. Without <c>suite.json</c> every folder that has checkpoints is a model.
/// What is listed is what was there when it was opened.
/// </summary>
public sealed class SuiteFolder
{
    public const string SuiteName = "suite.json";

    /// <summary>Pythia's tokens per training step, 1024 sequences of 2048: what is assumed where no suite.json says otherwise.</summary>
    public const long PythiaTokensPerStep = 1024 * 2048;

    private const int MaxFileBytes = 1 << 20;
    private const int MaxModels = 10_000;
    private const long MaxTokensPerStep = 1_000_000_000_000;
    private const long MaxParameters = 1_000_000_000_000_000;

    private SuiteFolder(string folder, string name, long? tokensPerStep, ImmutableSortedSet<string> ignored, ImmutableArray<SuiteModel> models)
    {
        Folder = folder;
        Name = name;
        Ignored = ignored;
        TokensPerStep = tokensPerStep ?? PythiaTokensPerStep;
        IsTokensPerStepAssumed = tokensPerStep is null;
        Models = models;
    }

    public string Folder { get; }

    public string Name { get; }

    /// <summary>Tokens a model has seen at step N, divided by N.</summary>
    public long TokensPerStep { get; }

    /// <summary>Whether <see cref="TokensPerStep"/> is Pythia's because the suite doesn't state its own.</summary>
    public bool IsTokensPerStepAssumed { get; }

    /// <summary>
    /// Keys of other tools' files in the suite (<c>config.json</c>, <c>tokenizer.json</c>, an index of weights) that somebody says to ignore: those that
    /// <c>suite.json</c> names, and those that it was opened with.
    /// </summary>
    public ImmutableSortedSet<string> Ignored { get; }

    /// <summary>The models in the order of <c>suite.json</c>, or by name without it. A model that is listed but has no folder yet has no steps.</summary>
    public ImmutableArray<SuiteModel> Models { get; }

    /// <summary>Opens a suite's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="ignored">Keys of other tools' files to ignore beside those that <c>suite.json</c> names.</param>
    /// <exception cref="InvalidInputException">The folder or its <c>suite.json</c> isn't a suite's.</exception>
    public static SuiteFolder Open(string folder, IEnumerable<string>? ignored = null)
    {
        if (!Directory.Exists(folder))
        {
            throw new InvalidInputException(folder, File.Exists(folder) ? "is a file; a suite is a folder" : "doesn't exist");
        }

        var path = Path.Combine(folder, SuiteName);
        return File.Exists(path) ? Parse(folder, path, SourceFile.ReadAll(path, MaxFileBytes), ignored) : List(folder, ignored);
    }

    /// <summary>The model of a name, or <see langword="null"/>.</summary>
    public SuiteModel? Find(string name) => Models.FirstOrDefault(model => model.Name == name);

    /// <summary>A suite by the contents of its <c>suite.json</c>.</summary>
    internal static SuiteFolder Parse(string folder, string path, ReadOnlySpan<byte> utf8, IEnumerable<string>? ignored = null)
    {
        var json = JsonInput.Parse(path, utf8);
        var name = RequireName(json);
        var tokensPerStep = json.FindInteger("tokensPerStep", 1, MaxTokensPerStep);
        var keys = ToSet([.. ReadIgnore(json), .. ignored ?? []]);
        var entries = json.FindObjects("models");
        if (entries is null or { Count: 0 or > MaxModels })
        {
            throw json.Error("models", $"must be a list of one to {MaxModels} models");
        }

        var models = ImmutableArray.CreateBuilder<SuiteModel>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var model = RequireName(entry);
            if (!names.Add(model))
            {
                throw entry.Error("name", $"is {Text.OneLine(model)}, as another model's already is");
            }

            models.Add(new SuiteModel(folder, model, entry.FindInteger("parameters", 1, MaxParameters), keys));
            entry.RefuseNulls();
            entry.Finish();
        }

        json.RefuseNulls();
        json.Finish();
        return new SuiteFolder(folder, name, tokensPerStep, keys, models.ToImmutable());
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

    private static SuiteFolder List(string folder, IEnumerable<string>? ignored)
    {
        var keys = ToSet(ignored ?? []);
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        string[] folders;
        try
        {
            folders = Directory.GetDirectories(folder);
        }
        catch (Exception e) when (SourceFile.IsFileError(e))
        {
            throw new InvalidInputException(folder, "can't be listed: " + Text.OneLine(e.Message), e);
        }

        ImmutableArray<SuiteModel> models =
        [
            .. folders
                .Select(path => Path.GetFileName(path)!)
                .Order(StringComparer.Ordinal)
                .Select(model => new SuiteModel(folder, model, parameters: null, keys))
                .Where(model => !model.Steps.IsEmpty),
        ];
        if (models.IsEmpty)
        {
            throw new InvalidInputException(folder, SuiteModel.FindSteps(folder).IsEmpty
                ? $"isn't a suite: it has neither {SuiteName} nor folders of step folders"
                : "is a model's folder, not a suite's; name the folder that it is in");
        }

        foreach (var candidate in models.Select(model => model.Name).Prepend(name))
        {
            if (!IsUsable(candidate))
            {
                throw new InvalidInputException(folder, $"{Text.OneLine(candidate)} can't be part of a cell's name, suite/model@step; write a {SuiteName} with another name, or rename the folder");
            }
        }

        return new SuiteFolder(folder, name, tokensPerStep: null, keys, models);
    }

    private static string RequireName(JsonInput json)
    {
        var name = json.FindString("name") ?? throw json.Error("name", "is missing");
        return IsUsable(name) ? name : throw json.Error("name", $"is \"{Text.OneLine(name)}\"; it must be a plain folder name without @");
    }

    private static bool IsUsable(string name) => FileNames.IsPlain(name) && !name.Contains('@', StringComparison.Ordinal);
}
