using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Published;

/// <summary>What a model was given: token ids, or a text and what was put before it.</summary>
public sealed record PublishedPrompt
{
    /// <summary>All token ids; empty where there is a text.</summary>
    public ImmutableArray<int> Ids { get; init; } = [];

    /// <summary>A text to be encoded; <see langword="null"/> where there are ids.</summary>
    public string? Text { get; init; }

    /// <summary>What stands before the text's tokens.</summary>
    public PromptBegin Begin { get; init; }

    /// <summary>The token before the text's, where <see cref="Begin"/> says that one is given.</summary>
    public int BeginId { get; init; }
}

/// <summary>What was put before a text's tokens.</summary>
public enum PromptBegin
{
    /// <summary>Nothing.</summary>
    Nothing,

    /// <summary>A token whose id the source gives.</summary>
    Given,

    /// <summary>The <c>bos_token_id</c> of the model's <c>config.json</c>: the source gives no id.</summary>
    Configuration,

    /// <summary>What the model's <c>tokenizer.json</c> puts there by itself: the source doesn't say.</summary>
    Tokenizer,
}
