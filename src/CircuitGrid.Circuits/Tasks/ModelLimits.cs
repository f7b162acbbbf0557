namespace CircuitGrid.Circuits.Tasks;

/// <summary>What a model can be asked, as its configuration says.</summary>
/// <param name="Vocabulary">Rows of its embedding, below which every token id must be.</param>
/// <param name="ContextLength">Most tokens of a prompt.</param>
public readonly record struct ModelLimits(int Vocabulary, int ContextLength)
{
    /// <summary>Of no model in particular: every id and every length.</summary>
    public static ModelLimits None { get; } = new(int.MaxValue, int.MaxValue);

    /// <summary>Why the model can't be given these tokens as a prompt; <see langword="null"/> where it can.</summary>
    internal string? FaultOfPrompt(ReadOnlySpan<int> tokens) => tokens.Length > ContextLength
        ? $"has {tokens.Length} tokens, but the model's context holds {ContextLength}"
        : FaultOfIds(tokens);

    /// <summary>Why the model doesn't know these tokens; <see langword="null"/> where it does.</summary>
    internal string? FaultOfIds(ReadOnlySpan<int> tokens)
    {
        foreach (var id in tokens)
        {
            if (id < 0 || id >= Vocabulary)
            {
                return $"has the id {id}, but the vocabulary's ids go from 0 to {Vocabulary - 1}";
            }
        }

        return null;
    }
}
