using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks.Lexicons;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>How a task's prompts are drawn.</summary>
public sealed record TaskOptions
{
    /// <summary>The paper's setting: its numbers of examples, English, no token before the prompt.</summary>
    public static TaskOptions Paper { get; } = new();

    /// <summary>Number of examples; <see langword="null"/> for the paper's (see <see cref="TaskLibrary.Tasks"/>), or as many as the words give.</summary>
    public int? Count { get; init; }

    /// <summary>Seed of every draw: the same seed, tokenizer and lexicon give the same examples.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>Puts the model's begin token before every prompt (<see cref="BeginToken"/>). The paper doesn't.</summary>
    public bool PrependBos { get; init; }

    /// <summary>The ids that the model's configuration names as begin token; none where it names none.</summary>
    public ImmutableArray<int> ConfiguredBegin { get; init; } = [];

    /// <summary>What the model can be asked.</summary>
    public ModelLimits Limits { get; init; } = ModelLimits.None;

    /// <summary>Which of the lexicon's wordings prompts are made from.</summary>
    public TemplateSet Templates { get; init; } = TemplateSet.Published;

    /// <summary>Words and wordings.</summary>
    public TaskLexicon Lexicon { get; init; } = TaskLexicon.Default;
}
