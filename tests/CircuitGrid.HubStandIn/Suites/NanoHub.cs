using System.Globalization;
using CircuitGrid.HubStandIn.Repositories;

namespace CircuitGrid.HubStandIn.Suites;

/// <summary>Makes repositories of the shipped nano suite, <c>nano-lab/nano-4l</c> with a branch for each step, and spoils them as repositories on the hub are.</summary>
/// <param name="suite">The folder <c>suites/nano</c>.</param>
public sealed class NanoHub(string suite)
{
    public const string Organization = "nano-lab";
    private const string Weights = "model.safetensors";
    private const string Attributes = "*.safetensors filter=lfs diff=lfs merge=lfs -text\n";

    /// <summary>The suite of the working tree that this program was built in.</summary>
    /// <exception cref="DirectoryNotFoundException">It was built in none.</exception>
    public static NanoHub OfWorkingTree()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var folder = Path.Combine(at.FullName, "suites", "nano");
            if (File.Exists(Path.Combine(folder, "suite.json")))
            {
                return new(folder);
            }
        }

        throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is in no working tree with suites/nano.");
    }

    /// <summary>The suite's folder.</summary>
    public string Folder => suite;

    /// <summary>Names of the suite's models, smallest first.</summary>
    public IReadOnlyList<string> Models { get; } =
        [.. Directory.EnumerateDirectories(suite).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];

    /// <summary>Steps of a model that the suite has, in order.</summary>
    public IReadOnlyList<int> Steps(string model) =>
        [.. Directory.EnumerateDirectories(Path.Combine(suite, model), "step*").Select(f => int.Parse(Path.GetFileName(f)["step".Length..], CultureInfo.InvariantCulture)).Order()];

    /// <summary>All files of a checkpoint: configuration and weights of the step, the suite's tokenizer and lexicon, <c>.gitattributes</c>.</summary>
    public StandInTree Checkpoint(string model, int step) => StandInTree.Folder(Path.Combine(suite, model, StepName(step)))
        .With("tokenizer.json", StandInFile.AtPath(Path.Combine(suite, "tokenizer.json")))
        .With("lexicon.json", StandInFile.AtPath(Path.Combine(suite, "lexicon.json")))
        .With(".gitattributes", Attributes);

    /// <summary>Adds <c>nano-lab/{model}</c> with a branch <c>step{N}</c> for each step, or for those named.</summary>
    public StandInRepository Add(HubStandInServer server, string model, MainBranch main = MainBranch.LastStep, IEnumerable<int>? steps = null)
    {
        var repository = server.Repositories.Add($"{Organization}/{model}");
        var all = (steps ?? Steps(model)).ToList();
        repository.Commit("main", MainTree(main, model, all[^1]));
        foreach (var step in all)
        {
            AddStep(repository, model, step);
        }

        return repository;
    }

    /// <summary>Adds all models of the suite.</summary>
    public IReadOnlyList<StandInRepository> AddAll(HubStandInServer server, MainBranch main = MainBranch.LastStep) => [.. Models.Select(m => Add(server, m, main))];

    /// <summary>Puts a step on its branch, as a training run does that goes on.</summary>
    public StandInRepository AddStep(StandInRepository repository, string model, int step) => repository.Commit(StepName(step), Checkpoint(model, step));

    /// <summary>A checkpoint whose weights are in shards.</summary>
    public StandInTree Sharded(string model, int step, int shards = 2) => Checkpoint(model, step).Without(Weights).With(SplitSafetensors.Shards(WeightsOf(model, step), shards));

    /// <summary>Gives a step's branch the step's weights in shards, and beside them the single file of another step, as 36 branches of pythia-2.8b have it.</summary>
    public StandInRepository AddStaleSingleFile(StandInRepository repository, string model, int step, int staleStep) =>
        repository.Commit(StepName(step), Sharded(model, step).With(Weights, StandInFile.AtPath(WeightsPath(model, staleStep))));

    /// <summary>Gives a step's branch its weights in shards, the last of which is another step's.</summary>
    public StandInRepository AddStaleShard(StandInRepository repository, string model, int step, int staleStep)
    {
        var stale = SplitSafetensors.Shards(WeightsOf(model, staleStep)).Files.Last(f => f.Key.EndsWith(".safetensors", StringComparison.Ordinal));
        return repository.Commit(StepName(step), Sharded(model, step).With(stale.Key, stale.Value));
    }

    /// <summary>Gives a step's branch the files of another step.</summary>
    public StandInRepository AddCopy(StandInRepository repository, string model, int step, int copiedStep) => repository.Commit(StepName(step), Checkpoint(model, copiedStep));

    /// <summary>Adds a repository whose checkpoints are folders <c>step-0000</c> of <c>main</c>.</summary>
    public StandInRepository AddSubfolders(HubStandInServer server, string name, string model, IEnumerable<int>? steps = null) =>
        server.Repositories.Add(name).Commit("main", (steps ?? Steps(model)).Aggregate(
            StandInTree.Empty.With(".gitattributes", Attributes),
            (tree, step) => tree.With(Checkpoint(model, step).Without(".gitattributes"), string.Create(CultureInfo.InvariantCulture, $"step-{step:0000}"))));

    /// <summary>
    /// Adds a repository of many revisions <c>stage1-step{N}</c>, by 1,000 steps, as Olmo 3 has 1,421. Each has weights of its own: the last step of the smallest model with the
    /// last bytes changed. <c>main</c> is a stub.
    /// </summary>
    public StandInRepository AddMany(HubStandInServer server, string name, int revisions = 1421)
    {
        var repository = server.Repositories.Add(name).Commit("main", MainTree(MainBranch.Stub, Models[0], 0));
        var checkpoint = Checkpoint(Models[0], Steps(Models[0])[^1]);
        var weights = checkpoint.Files[Weights];
        for (var i = 0; i < revisions; i++)
        {
            var patched = weights.Patched(weights.Size - sizeof(float), BitConverter.GetBytes(i / 1024f));
            repository.Commit(string.Create(CultureInfo.InvariantCulture, $"stage1-step{i * 1000}"), checkpoint.With(Weights, patched));
        }

        return repository;
    }

    private static string StepName(int step) => string.Create(CultureInfo.InvariantCulture, $"step{step}");

    private StandInTree MainTree(MainBranch main, string model, int lastStep) => main switch
    {
        MainBranch.LastStep => Checkpoint(model, lastStep),
        MainBranch.Stub => StandInTree.Empty.With(".gitattributes", Attributes).With("README.md", $"# {model}\n\nEach checkpoint is a branch.\n"),
        MainBranch.Empty => StandInTree.Empty.With(".gitattributes", Attributes),
        _ => throw new ArgumentOutOfRangeException(nameof(main), main, null),
    };

    private string WeightsPath(string model, int step) => Path.Combine(suite, model, StepName(step), Weights);

    private byte[] WeightsOf(string model, int step) => File.ReadAllBytes(WeightsPath(model, step));
}
