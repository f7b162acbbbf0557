using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Circuits.Heads;

/// <summary>What head scores are measured on. The defaults are the paper's, for Pythia; <see cref="For"/> gives those of any model.</summary>
public sealed record HeadScoreOptions
{
    /// <summary>Seed of every draw.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>n: random tokens that are said twice.</summary>
    public int RepeatedTokens { get; init; } = 100;

    /// <summary>Sequences of repeated tokens.</summary>
    public int RepeatedSequences { get; init; } = 2;

    /// <summary>
    /// Ids random tokens are drawn from, the last not included; <see langword="null"/> for the ordinary single tokens: words of letters after a space
    /// that encode to themselves.
    /// </summary>
    public (int First, int End)? RandomIds { get; init; } = (100, 20000);

    /// <summary>IOI prompts, for copying, direct effects and S-inhibition; <see langword="null"/> for the paper's 70, or as many as the words give.</summary>
    public int? Prompts { get; init; }

    /// <summary>A name is copied where it is among so many tokens.</summary>
    public int TopTokens { get; init; } = 5;

    /// <summary>A head is a name mover above this share of copied names, where it helps.</summary>
    public double CopyThreshold { get; init; } = 0.10;

    /// <summary>Tokens a text must have to be used for copy suppression.</summary>
    public int TextLength { get; init; } = 1000;

    /// <summary>Texts for a head's mean output.</summary>
    public int MeanTexts { get; init; } = 100;

    /// <summary>Texts copy suppression is measured on, the first of those.</summary>
    public int Texts { get; init; } = 17;

    /// <summary>Positions of a text that are used.</summary>
    public int TextPositions { get; init; } = 61;

    /// <summary>Share of the tokens so far that copy suppression may be about, the ones the model is most about to say.</summary>
    public double SourceShare { get; init; } = 0.05;

    /// <summary>First layer in which copy suppression is looked for.</summary>
    public int FirstLayer { get; init; } = 2;

    /// <summary>Text for copy suppression.</summary>
    public TextCorpus Corpus { get; init; } = TextCorpus.Nano;

    /// <summary>Words for successors and function words.</summary>
    public HeadWords Words { get; init; } = HeadWords.Default;

    /// <summary>
    /// The paper's values for models of Pythia's context and vocabulary. For others: as many random tokens as half the context holds, at most 100,
    /// in as many sequences as the paper's 200 tokens take; the ordinary single tokens; texts of the context's length; layer 1 on.
    /// </summary>
    public static HeadScoreOptions For(ModelConfig config)
    {
        var paper = new HeadScoreOptions();
        if (config.ContextLength > paper.TextLength && config.Vocabulary >= paper.RandomIds!.Value.End)
        {
            return paper;
        }

        var half = Math.Clamp(config.ContextLength / 2, 1, paper.RepeatedTokens);
        return paper with
        {
            RepeatedTokens = half,
            RepeatedSequences = ((paper.RepeatedSequences * paper.RepeatedTokens) + half - 1) / half,
            RandomIds = null,
            TextLength = config.ContextLength,
            TextPositions = Math.Min(paper.TextPositions, config.ContextLength),
            FirstLayer = 1,
        };
    }
}
