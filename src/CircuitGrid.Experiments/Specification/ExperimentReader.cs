using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Audit;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Names;

namespace CircuitGrid.Experiments.Specification;

/// <summary>From YAML to <see cref="ExperimentSpec"/>.</summary>
internal sealed class ExperimentReader
{
    /// <summary>Far more examples than a mean needs, and few enough to plan in seconds.</summary>
    private const int MostExamples = 100_000;

    /// <summary>One character is at most four bytes of UTF-8: what is longer is too long whatever is in it.</summary>
    private const int MaxBytes = 4 * YamlTree.MaxLength;

    /// <summary>What an experiment is called whose text has no name and comes out of a pipe.</summary>
    private const string PipedName = "experiment";

    private readonly string source;
    private readonly string folder;
    private readonly Preset preset;
    private readonly YamlSection root;

    private ExperimentReader(YamlValue document, string source, string folder)
    {
        this.source = source;
        this.folder = folder;
        root = new(document, source, "an experiment");
        preset = ReadPreset();
    }

    public static ExperimentSpec Load(string path, CancellationToken cancellation)
    {
        // asked before anything is read: a pipe can be read once only, and then is gone
        var isPlain = FileStatus.Of(path) is null or { Kind: FileKind.Plain or FileKind.Folder };
        var text = Utf8Text.Decode(path, InputBytes.Read(path, MaxBytes, cancellation));
        return isPlain
            ? Parse(text, path, Path.GetDirectoryName(Path.GetFullPath(path))!)
            : new ExperimentReader(YamlTree.Parse(text, path), path, Environment.CurrentDirectory).Read(PipedName) with { Yaml = text };
    }

    public static ExperimentSpec Parse(string yaml, string source, string folder) =>
        new ExperimentReader(YamlTree.Parse(yaml, source), source, folder).Read(Path.GetFileNameWithoutExtension(source)) with { Yaml = yaml };

    private ExperimentSpec Read(string name)
    {
        var spec = new ExperimentSpec
        {
            Name = root.Text("name") ?? name,
            Suite = ReadSuite(),
            SuiteName = ReadSuiteName(),
            TokensPerStep = ReadTokensPerStep(),
            Models = ReadModels(),
            Checkpoints = ReadCheckpoints(),
            Tasks = ReadTasks(Required("tasks", "at least one task")),
            Heads = root.Flag("heads") ?? false,
            Analysis = ReadAnalysis(),
            Comparison = ReadComparison(),
            Numerics = ReadNumerics(),
            Ignore = ReadIgnore(),
            Pattern = ReadPattern(),
            Accept = ReadAccept(),
            Memory = ReadMemory(),
            Threads = root.Integer("threads", 1, 4096),
        };
        root.Finish();
        return spec.Tasks.FirstOrDefault(t => t.Metric == MetricKind.Divergence) is { } task && !HasSlopes(spec.Analysis)
            ? throw new InvalidInputException(
                source, $"task '{YamlSection.Shown(task.Name)}' is measured by kl, which has no slope at the clean run, where the analysis takes its gradients; use method eap-ig with other points than the clean end alone, clean-corrupted or exact")
            : spec;
    }

    /// <summary>Whether gradients are taken anywhere but at the clean run, or none at all.</summary>
    private static bool HasSlopes(AnalysisSpec analysis) => analysis.Method == AttributionMethod.Exact
        || Quadrature.For(new AttributionOptions { Method = analysis.Method, Steps = analysis.Steps, Points = analysis.Points }).Points.Any(p => p != 0);

    private YamlValue Required(string key, string what) =>
        root.Find(key) ?? throw (root.FindSlip(key) is { } slip
            ? root.Fault(slip, $"an experiment has no key '{YamlSection.Shown(slip.Text)}'; did you mean '{key}'?")
            : new InvalidInputException(source, $"has no '{key}': {what} has to be named"));

    /// <summary>A folder, or an address on the hub.</summary>
    private string ReadSuite()
    {
        var value = Required("suite", "the suite's folder, or its address on the hub,");
        if (value is not YamlScalar { Text: var text } || !RemoteSuite.IsOne(text))
        {
            return InFolder(value, "suite");
        }

        try
        {
            return RemoteSuite.Parse(text, folder);
        }
        catch (InvalidInputException e)
        {
            throw root.Fault(value, $"suite: {e.Message}");
        }
    }

    private string? ReadSuiteName()
    {
        if (FindOfHub("suiteName") is not { } value)
        {
            return null;
        }

        var name = root.Text(value, "suiteName");
        return PartName.IsUsable(name)
            ? name
            : throw root.Fault(value, $"'{YamlSection.Shown(name)}' can't be a suite's name: {PartName.Rule}");
    }

    private long? ReadTokensPerStep() => FindOfHub("tokensPerStep") is { } value ? root.Integer(value, "tokensPerStep", 1, int.MaxValue) : null;

    /// <summary>What a folder says in a file of its own.</summary>
    private YamlValue? FindOfHub(string key) => root.Find(key) is { } value
        ? root.Find("suite") is YamlScalar { Text: var suite } && RemoteSuite.IsOne(suite)
            ? value
            : throw root.Fault(value, $"{key} is for a suite on the hub; for a folder it stands in {SuiteFolder.SuiteName}")
        : null;

    private string InFolder(YamlValue value, string what)
    {
        var text = root.Text(value, what);
        try
        {
            return Path.GetFullPath(text, Path.GetFullPath(folder));
        }
        catch (ArgumentException e)
        {
            throw new InvalidInputException(YamlTree.At(source, value.Line), $"'{YamlSection.Shown(text)}' is no path", e);
        }
    }

    private Preset ReadPreset()
    {
        if (root.Find("preset") is not { } value)
        {
            return Preset.Standard;
        }

        var text = root.Text(value, "preset");
        return Preset.Named(text) ?? throw root.Fault(value, $"'{YamlSection.Shown(text)}' is no preset{NearestName.Hint(text, Preset.Names)}");
    }

    private ImmutableArray<string> ReadModels()
    {
        if (root.Find("models") is not { } value || value is YamlScalar { Text: "all" })
        {
            return [];
        }

        var models = root.Texts(value, "models");
        if (models.IsEmpty)
        {
            throw root.Fault(value, "models names none; leave it out or write 'all' for all");
        }

        return models.FirstOrDefault(m => !CellId.IsName(m)) is { } bad
            ? throw root.Fault(value, $"'{YamlSection.Shown(bad)}' can't be a model's name: {PartName.Rule}")
            : [.. models.Distinct(StringComparer.Ordinal)];
    }

    private CheckpointSelection ReadCheckpoints()
    {
        switch (root.Find("checkpoints"))
        {
            case null or YamlScalar { Text: "all" }:
                return CheckpointSelection.All;
            case YamlList { Items.IsEmpty: false } list:
                return CheckpointSelection.Of(list.Items.Select(item => root.Integer(item, "a checkpoint's step", 0, int.MaxValue)));
            case YamlScalar scalar when int.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var step):
                return CheckpointSelection.Of([step]);
            case YamlScalar scalar:
                var name = root.Text(scalar, "checkpoints");
                return CheckpointSelection.Named(name)
                    ?? throw root.Fault(scalar, $"'{YamlSection.Shown(name)}' is no schedule of checkpoints{NearestName.Hint(name, CheckpointSelection.Names)}");
            case var value:
                throw root.Fault(value, "checkpoints must be 'all', the name of a schedule or a list of steps");
        }
    }

    private ImmutableArray<TaskSpec> ReadTasks(YamlValue value)
    {
        var examples = root.Find("examples") is { } defaults ? new YamlSection(defaults, source, "examples") : null;
        var common = examples is null ? new TaskSpec("") : ReadExampleOptions(examples, new TaskSpec(""));
        examples?.Finish();

        ImmutableArray<YamlValue> items = value is YamlList list ? list.Items : [value];
        if (items.IsEmpty)
        {
            throw root.Fault(value, "tasks names none");
        }

        var tasks = ImmutableArray.CreateBuilder<TaskSpec>();
        foreach (var item in items)
        {
            var task = item is YamlMap ? ReadTask(item, common) : common with { Name = root.Text(item, "a task") };
            RequireName(item, task);
            if (tasks.Any(t => string.Equals(t.Name, task.Name, StringComparison.Ordinal)))
            {
                throw root.Fault(item, $"task '{task.Name}' is named twice");
            }

            tasks.Add(task);
        }

        if (examples is not null && tasks.All(t => t.Pairs is not null))
        {
            RefuseDrawing(examples, "the experiment has no built-in task");
        }

        return tasks.ToImmutable();
    }

    private TaskSpec ReadExampleOptions(YamlSection section, TaskSpec defaults) => defaults with
    {
        Lexicon = section.Find("lexicon") is { } lexicon ? InFolder(lexicon, "lexicon") : defaults.Lexicon,
        Count = section.Integer("count", 1, MostExamples) ?? defaults.Count,
        Seed = section.Integer("seed", 0, int.MaxValue) ?? defaults.Seed,
        PrependBos = section.Flag("bos") ?? defaults.PrependBos,
        Templates = section.Option("templates", SpecNames.Templates) ?? defaults.Templates,
    };

    /// <summary>Prompts of a pairs file aren't drawn: what says how to draw has no meaning there.</summary>
    private static void RefuseDrawing(YamlSection section, string why)
    {
        foreach (var key in (string[])["seed", "lexicon", "templates"])
        {
            if (section.Find(key) is { } value)
            {
                throw section.Fault(value, $"'{key}' says how prompts are drawn, and {why}; leave it out");
            }
        }
    }

    private void RequireName(YamlValue item, TaskSpec task)
    {
        if (!CellId.IsName(task.Name))
        {
            throw root.Fault(item, $"'{YamlSection.Shown(task.Name)}' can't be a task's name, which is part of suite/model@step/task: {PartName.Rule}");
        }

        if (string.Equals(task.Name, CellId.HeadsTask, StringComparison.Ordinal))
        {
            throw root.Fault(item, $"'{CellId.HeadsTask}' is no task; for head scores write 'heads: true' beside 'tasks'");
        }

        if (task.Pairs is null && !IsBuiltIn(task.Name))
        {
            throw root.Fault(item, $"'{YamlSection.Shown(task.Name)}' is no built-in task, and a task of one's own names its 'pairs'{NearestName.Hint(task.Name, [.. TaskLibrary.Tasks.Select(t => t.Name)])}");
        }
    }

    private static bool IsBuiltIn(string task) => TaskLibrary.Tasks.Any(t => string.Equals(t.Name, task, StringComparison.Ordinal));

    private TaskSpec ReadTask(YamlValue item, TaskSpec defaults)
    {
        var section = new YamlSection(item, source, "a task");
        var task = defaults with { Name = section.Text("name") ?? throw section.Fault(item, "a task has no 'name'") };
        task = ReadExampleOptions(section, task);
        if (section.Find("pairs") is { } pairs)
        {
            // A seed and a lexicon of 'examples' stay in the task although they have no meaning for it: they are in the ids of experiments.
            RefuseDrawing(section, "those of a pairs file are given");
            task = task with
            {
                Templates = TemplateSet.Published,
                Pairs = IsBuiltIn(task.Name)
                    ? throw section.Fault(pairs, $"'{task.Name}' is a built-in task, which head scores and comparisons know by its name; give the task of the pairs file another one")
                    : InFolder(pairs, "pairs"),
                Metric = section.Option("metric", SpecNames.Metric) ?? throw section.Fault(item, $"a task with a pairs file needs a 'metric': {string.Join(", ", SpecNames.Metric.All[..^1])} or {SpecNames.Metric.All[^1]}"),
                IgnoreColumns = section.Find("ignoreColumns") is { } ignored
                    ? [.. section.Texts(ignored, "a column to ignore").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]
                    : [],
            };
        }
        else if (section.Find("metric") is { } metric)
        {
            throw section.Fault(metric, "a task of the library brings its own metric; 'metric' goes with 'pairs'");
        }
        else if (section.Find("ignoreColumns") is { } ignored)
        {
            throw section.Fault(ignored, "a task of the library has no columns; 'ignoreColumns' goes with 'pairs'");
        }

        section.Finish();
        return task;
    }

    private AnalysisSpec ReadAnalysis()
    {
        var defaults = preset.Analysis;
        if (root.Find("analysis") is not { } value)
        {
            return defaults;
        }

        var section = new YamlSection(value, source, "analysis");
        var analysis = new AnalysisSpec
        {
            Method = section.Option("method", SpecNames.Method) ?? defaults.Method,
            Steps = section.Integer("steps", 1, 10_000) ?? defaults.Steps,
            Points = section.Option("points", SpecNames.Points) ?? defaults.Points,
            Selection = section.Option("selection", SpecNames.Selection) ?? defaults.Selection,
            Absolute = section.Flag("absolute") ?? defaults.Absolute,
            Threshold = section.Positive("threshold", maximum: 1) ?? defaults.Threshold,
            MaxEdges = ReadEdgeLimit(section) ?? defaults.MaxEdges,
            Blocks = section.Integer("blocks", 1, 4096) ?? defaults.Blocks,
            Split = section.Option("split", SpecNames.Split) ?? defaults.Split,
            Ablation = section.Option("ablation", SpecNames.Ablation) ?? defaults.Ablation,
            Search = section.Option("search", SpecNames.Search) ?? defaults.Search,
            Sampling = section.Option("sampling", SpecNames.Sampling) ?? defaults.Sampling,
        };
        section.Finish();
        return analysis.Split == SplitRule.Half && analysis.Blocks == 1
            ? throw section.Fault(value, "split: half needs at least two blocks: even ones find the circuit, odd ones judge it")
            : analysis;
    }

    private static EdgeLimit? ReadEdgeLimit(YamlSection section)
    {
        if (section.Find("maxEdges") is not { } value)
        {
            return null;
        }

        var text = section.Text(value, "maxEdges");
        if (text is "all")
        {
            return EdgeLimit.All;
        }

        var percent = text.EndsWith('%');
        if (!percent && text is not "1" && YamlSection.TryNumber(text, out var one) && one == 1)
        {
            throw section.Fault(value, $"maxEdges is '{YamlSection.Shown(text)}', which may be one edge or all of them; write 1 for one edge, or 'all'");
        }

        if (YamlSection.TryNumber(percent ? text[..^1] : text, out var number) && number > 0)
        {
            var share = percent ? number / 100 : number;
            if (share <= 1 && (percent || text is not "1"))
            {
                return EdgeLimit.OfShare(share);
            }

            if (!percent && number <= int.MaxValue && number == Math.Floor(number))
            {
                return EdgeLimit.OfCount((int)number);
            }
        }

        throw section.Fault(value, $"maxEdges must be 'all', a number of edges or a share like 5% or 0.05, not '{YamlSection.Shown(text)}'");
    }

    private ComparisonOptions ReadComparison()
    {
        if (root.Find("comparison") is not { } value)
        {
            return preset.Comparison;
        }

        var section = new YamlSection(value, source, "comparison");
        var options = new ComparisonOptions
        {
            IncludeNotReached = section.Flag("includeNotReached") ?? preset.Comparison.IncludeNotReached,
            IncludeNoTask = section.Flag("includeNoTask") ?? preset.Comparison.IncludeNoTask,
            MinimumStep = section.Integer("minimumStep", 0, int.MaxValue) ?? preset.Comparison.MinimumStep,
        };
        section.Finish();
        return options;
    }

    private ImmutableArray<string> ReadAccept()
    {
        if (root.Find("accept") is not { } value)
        {
            return [];
        }

        string[] known = [.. Comparability.Fields, .. AuditKindNames.Acceptable];
        var accepted = root.Texts(value, "what to accept");
        return accepted.FirstOrDefault(name => !known.Contains(name, StringComparer.Ordinal)) is { } unknown
            ? throw root.Fault(value, $"'{YamlSection.Shown(unknown)}' is nothing that can be accepted{NearestName.Hint(unknown, known)}")
            : [.. accepted.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private NamePattern? ReadPattern() =>
        root.Find("pattern") is { } value ? NamePattern.Parse(root.Text(value, "pattern"), YamlTree.At(source, value.Line)) : null;

    private ImmutableArray<string> ReadIgnore() =>
        root.Find("ignore") is { } value ? [.. root.Texts(value, "ignore").ToImmutableSortedSet(StringComparer.Ordinal)] : [];

    private string ReadNumerics()
    {
        var value = root.Find("numerics");
        var text = value is null ? ExperimentSpec.DefaultNumerics : root.Text(value, "numerics");
        return DeviceRequest.OfNumerics(text) is not null
            ? text
            : throw root.Fault(value!, $"'{YamlSection.Shown(text)}' is no numerics; known are {string.Join(", ", DeviceRequest.KnownNumerics)}");
    }

    private long? ReadMemory()
    {
        if (root.Find("memory") is not { } value)
        {
            return null;
        }

        var text = root.Text(value, "memory");
        return MemoryLimit.TryParse(text, out var bytes, out var expected)
            ? bytes
            : throw root.Fault(value, $"memory must be {expected}, not '{YamlSection.Shown(text)}'");
    }
}
