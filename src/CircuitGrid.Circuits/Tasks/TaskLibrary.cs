using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Training;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>A task that prompts are built for.</summary>
/// <param name="Name">Short name, in experiments and file names.</param>
/// <param name="Title">Name for people.</param>
/// <param name="Metric">What is measured.</param>
/// <param name="PaperCount">Number of examples the paper used.</param>
public sealed record TaskDescription(string Name, string Title, MetricKind Metric, int PaperCount);

/// <summary>
/// Builds the four tasks of Tigges et al. (2024), "LLM Circuit Analyses Are Consistent Across Training and Scale", for any byte-level
/// tokenizer: words that it doesn't keep whole are left out and counted, every prompt has a corrupted form of the same length, no
/// prompt occurs twice.
/// </summary>
public static class TaskLibrary
{
    public const string Ioi = "ioi";

    public const string GenderedPronoun = "gendered-pronoun";

    public const string GreaterThan = "greater-than";

    public const string Sva = "sva";

    /// <summary>Every task there is.</summary>
    public static ImmutableArray<TaskDescription> Tasks { get; } =
    [
        new(Ioi, "Indirect object identification", MetricKind.LogitDifference, 70),
        new(GenderedPronoun, "Gendered pronoun", MetricKind.LogitDifference, 100),
        new(GreaterThan, "Greater-than", MetricKind.ProbabilityDifference, 200),
        new(Sva, "Subject-verb agreement", MetricKind.ProbabilityDifference, 200),
    ];

    /// <summary>Builds the examples of a task.</summary>
    /// <param name="task">One of the names in <see cref="Tasks"/>.</param>
    /// <param name="tokenizer">Of the model to be analysed.</param>
    /// <param name="options">Number, seed, words and wordings.</param>
    /// <exception cref="InvalidInputException">
    /// There is no such task, the lexicon has no words or not the wordings asked for, the tokenizer leaves too few of them whole, or a prompt doesn't fit it.
    /// </exception>
    public static TaskDataset Build(string task, Tokenizer tokenizer, TaskOptions options)
    {
        var description = Tasks.FirstOrDefault(x => x.Name == task)
            ?? throw new InvalidInputException($"task {Text.OneLine(task)}", $"isn't known{NearestName.Hint(task, [.. Tasks.Select(x => x.Name)])}");
        if (options.Count is { } count and < 1)
        {
            throw new InvalidInputException($"task {task}", $"can't have {count} examples; ask for at least one");
        }

        var encoder = new PromptEncoder(task, tokenizer, options);
        var random = new SeededRandom((ulong)options.Seed);
        var lexicon = options.Templates == TemplateSet.Paraphrases ? Paraphrased(task, options.Lexicon) : options.Lexicon;
        ITaskBuilder builder = task switch
        {
            Ioi => new IoiBuilder(lexicon.Ioi ?? throw Missing("ioi"), lexicon.Words, encoder, random),
            GenderedPronoun => new GenderedPronounBuilder(lexicon.GenderedPronoun ?? throw Missing("gendered_pronoun"), lexicon.Words, encoder, random),
            GreaterThan => new GreaterThanBuilder(lexicon.GreaterThan ?? throw Missing("greater_than"), lexicon.Words, encoder, random),
            _ => new AgreementBuilder(lexicon.Sva ?? throw Missing("sva"), lexicon.Words, encoder, random),
        };
        var examples = builder.Build(options.Count, description.PaperCount);
        var notes = options.Templates == TemplateSet.Paraphrases ? builder.Notes.Add("prompts are worded by the lexicon's paraphrases") : builder.Notes;
        notes = encoder.Begin is { } begin ? notes.Add(begin.Note) : notes;
        return new(task, description.Metric, [.. examples.Select(x => x.Example)], examples.Length < (options.Count ?? description.PaperCount)
            ? notes.Add($"the words give only {examples.Length} different prompts, not {description.PaperCount}")
            : notes)
        {
            Templates = [.. examples.Select(x => x.Template)],
            Begin = encoder.Begin,
        };

        InvalidInputException Missing(string section) =>
            new($"lexicon {Text.OneLine(lexicon.Language)}", $"has no section {section}, so there are no words for the task {task}");
    }

    private static TaskLexicon Paraphrased(string task, TaskLexicon lexicon)
    {
        var has = lexicon.ParaphrasedTasks;
        if (has.Contains(task, StringComparer.Ordinal))
        {
            return lexicon.Paraphrased();
        }

        var own = has.IsEmpty ? "nor for any other" : $"and has them for {string.Join(", ", has)}";
        var builtIn = lexicon == TaskLexicon.Default ? "" : $"; the built-in lexicon, {TaskLexicon.Default.Language}, has them for {string.Join(", ", TaskLexicon.Default.ParaphrasedTasks)}";
        throw new InvalidInputException($"lexicon {Text.OneLine(lexicon.Language)}", $"has no paraphrases for the task {task}, {own}{builtIn}");
    }
}
