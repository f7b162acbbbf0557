using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Circuits.Tasks.Pairs;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Experiments.Grid;

/// <summary>Reads checkpoints, tokenizers, lexicons and pairs files from disk. What it has built it keeps as long as the files stay as they are.</summary>
/// <param name="hub">Where suites are found that aren't folders; <see langword="null"/> for nowhere.</param>
public sealed class FileExperimentSource(IHub? hub = null) : IExperimentSource
{
    /// <summary>A suite whose models speak a language of their own has a file of this name beside its <c>suite.json</c>.</summary>
    public const string LexiconName = "lexicon.json";

    private readonly ConcurrentDictionary<string, Lazy<ReadTokenizer>> tokenizers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<BuiltTask>> tasks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<HeadScoreInputs>> heads = new(StringComparer.Ordinal);

    public IHub Hub => hub ?? NoHub.Instance;

    public FolderState? StateOf(string folder)
    {
        try
        {
            if (!CheckpointFolder.IsComplete(folder, out _))
            {
                return null;
            }

            var text = new StringBuilder();
            var last = DateTimeOffset.MinValue;
            var stamped = DateTimeOffset.MinValue;
            foreach (var path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            {
                if (FileStatus.Of(path) is not { } file)
                {
                    return null;
                }

                text.Append(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}|{file.Stamp}\n");
                last = file.LastTouched > last ? file.LastTouched : last;
                stamped = (file.Changed ?? file.Modified) is var stamp && stamp > stamped ? stamp : stamped;
            }

            return new(text.ToString(), last) { LastStamped = stamped };
        }
        catch (OutOfBoundsException e)
        {
            // there to be taken up, so that its error is seen
            return new(e.Message, DateTimeOffset.MinValue);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidInputException)
        {
            return null;
        }
    }

    public TaskDataset BuildTask(TaskSpec task, SuiteFolder suite, SuiteModel model, int step, ModelLimits limits, ForeignKeys foreign)
    {
        var tokenizerPath = model.FindTokenizer(step);
        var lexiconPath = LexiconOf(task, suite, model, step);
        var begin = task.PrependBos ? CheckpointFolder.ReadBeginTokens(model.StepFolder(step)) : [];
        var key = string.Join(
            '\n',
            [ExperimentIdentity.TextOf(task), StampOfTokenizer(tokenizerPath), Stamp(lexiconPath), Stamp(task.Pairs), limits.ToString(), string.Join(' ', begin), .. foreign.Ignored]);
        var built = Once(tasks, key, () =>
        {
            var found = new ForeignKeys(foreign.Ignored);
            var tokenizer = tokenizerPath is null ? null : new Lazy<Tokenizer>(() => TokenizerOf(tokenizerPath, found));
            return new(Build(task, model.StepFolder(step), tokenizer, begin, lexiconPath, limits), found);
        });
        foreign.Add(built.Found);
        return built.Dataset;
    }

    public HeadScoreInputs BuildHeads(SuiteFolder suite, SuiteModel model, int step, ForeignKeys foreign)
    {
        var config = CheckpointFolder.ReadConfig(model.StepFolder(step), foreign);
        var tokenizerPath = model.FindTokenizer(step) ?? throw NoTokenizer(model.StepFolder(step), "head scores need one");
        var tokenizer = TokenizerOf(tokenizerPath, foreign);
        var lexiconPath = LexiconOf(suite, model, step);
        var key = string.Join('\n', config.ToString(), StampOfTokenizer(tokenizerPath), Stamp(lexiconPath));
        return Once(heads, key, () => HeadScoreInputs.Build(
            config,
            tokenizer,
            lexiconPath is null ? TaskLexicon.Default : TaskLexicon.Load(lexiconPath),
            HeadScoreOptions.For(config)));
    }

    private Tokenizer TokenizerOf(string path, ForeignKeys foreign)
    {
        var read = Once(tokenizers, string.Join('\n', [StampOfTokenizer(path), .. foreign.Ignored]), () =>
        {
            var found = new ForeignKeys(foreign.Ignored);
            return new(Tokenizer.Load(path, found), found);
        });
        foreign.Add(read.Found);
        return read.Tokenizer;
    }

    private static TaskDataset Build(TaskSpec task, string folder, Lazy<Tokenizer>? tokenizer, ImmutableArray<int> begin, string? lexiconPath, ModelLimits limits)
    {
        if (task.Pairs is { } pairs)
        {
            var options = new PairsOptions
            {
                Tokenizer = tokenizer,
                Limits = limits,
                PrependBos = task.PrependBos,
                ConfiguredBegin = begin,
                IgnoreColumns = task.IgnoreColumns,
                Count = task.Count,
            };
            return PairsFile.Load(pairs, task.Metric ?? MetricKind.LogitDifference, options) with { Task = task.Name };
        }

        return TaskLibrary.Build(
            task.Name,
            tokenizer?.Value ?? throw NoTokenizer(folder, "a task of the library needs one"),
            TaskOptions.Paper with
            {
                Count = task.Count,
                Seed = task.Seed ?? TaskOptions.Paper.Seed,
                PrependBos = task.PrependBos,
                ConfiguredBegin = begin,
                Templates = task.Templates,
                Limits = limits,
                Lexicon = lexiconPath is null ? TaskLexicon.Default : TaskLexicon.Load(lexiconPath),
            });
    }

    private static InvalidInputException NoTokenizer(string folder, string need) =>
        new(folder, $"has no tokenizer.json, nor has its model's or suite's folder; {need}");

    private static string? LexiconOf(TaskSpec task, SuiteFolder suite, SuiteModel model, int step) =>
        task.Pairs is not null ? null : task.Lexicon ?? LexiconOf(suite, model, step);

    /// <summary>A suite's lexicon lies in its folder. Repositories on the hub have none in common: each checkpoint or its revision brings its own, as the tokenizer.</summary>
    private static string? LexiconOf(SuiteFolder suite, SuiteModel model, int step)
    {
        string[] folders = model.At(step).Hub is { } hub ? [hub.Folder, hub.Repository.Snapshot(hub.Commit)] : [suite.Folder];
        return folders.Select(folder => Path.Combine(folder, LexiconName)).FirstOrDefault(File.Exists);
    }

    /// <summary>Changes whenever the file does, or another comes into its place.</summary>
    private static string StampOfTokenizer(string? path) => path is null ? "" : string.Join('|', TokenizerFiles.Of(path).Select(Stamp));

    private static string Stamp(string? path) => path is null ? "" : $"{path}|{FileStatus.Of(path)?.Stamp}";

    /// <summary>Makes a value once for several threads; a failure isn't kept.</summary>
    private static T Once<T>(ConcurrentDictionary<string, Lazy<T>> made, string key, Func<T> make)
    {
        var lazy = made.GetOrAdd(key, _ => new(make));
        try
        {
            return lazy.Value;
        }
        catch
        {
            made.TryRemove(new(key, lazy));
            throw;
        }
    }

    /// <summary>A tokenizer, and what was found in its file; nothing is added to that any more.</summary>
    private sealed record ReadTokenizer(Tokenizer Tokenizer, ForeignKeys Found);

    /// <summary>A task's examples, and what was found in the files that they were made from; likewise.</summary>
    private sealed record BuiltTask(TaskDataset Dataset, ForeignKeys Found);
}
