using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Published;

/// <summary>A model that is held against published numbers.</summary>
public sealed class CheckSubject
{
    /// <summary>Rows whose logits are held at a time: vocabularies are large.</summary>
    private const int RowsAtATime = 32;

    /// <summary>Receives the logits [V] of a position.</summary>
    internal delegate void LogitReader(int position, ReadOnlySpan<float> logits);

    public required Transformer Model { get; init; }

    /// <summary>What the model computes in.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Float32;

    /// <summary>The checkpoint's folder, whose <c>config.json</c> may be asked for its begin token.</summary>
    public required string Folder { get; init; }

    /// <summary>Its <c>tokenizer.json</c>; <see langword="null"/> where there is none.</summary>
    public string? TokenizerPath { get; init; }

    /// <summary>The tokenizer of that file, read when it is asked for; <see langword="null"/> where there is none.</summary>
    public Lazy<Tokenizer>? Tokenizer { get; init; }

    /// <summary>What its heads score in the roles that need nothing but the model.</summary>
    internal RoleScores RoleScores => field ??= new(Model);

    /// <summary>The token ids of a prompt.</summary>
    /// <exception cref="InvalidInputException">It is a text that can't be encoded, or what stands before it isn't known.</exception>
    internal ImmutableArray<int> Ids(PublishedPrompt prompt)
    {
        if (prompt.Text is not { } text)
        {
            return prompt.Ids;
        }

        ImmutableArray<int> before = prompt.Begin switch
        {
            PromptBegin.Given => [prompt.BeginId],
            PromptBegin.Configuration => BeginTokens.OfConfiguration(Folder),
            PromptBegin.Tokenizer => BeginTokens.OfTokenizer(TokenizerPath ?? throw NoTokenizer()),
            _ => [],
        };
        return before.AddRange(Required().Encode(text));
    }

    /// <summary>The tokenizer.</summary>
    /// <exception cref="InvalidInputException">There is none, or it can't be read.</exception>
    internal Tokenizer Required() => Tokenizer?.Value ?? throw NoTokenizer();

    /// <summary>Reads the logits of positions of a prompt, one after the other.</summary>
    /// <param name="ids">The prompt.</param>
    /// <param name="first">The first position.</param>
    /// <param name="count">How many.</param>
    /// <param name="read">Receives them.</param>
    /// <exception cref="InvalidInputException">A token is outside the vocabulary, or the prompt longer than the context.</exception>
    internal void ReadLogits(ImmutableArray<int> ids, int first, int count, LogitReader read)
    {
        using var run = Model.RunSources(new TokenBatch([ids]));
        var vocabulary = Model.Config.Vocabulary;
        var values = new float[Math.Min(RowsAtATime, count) * vocabulary];
        for (var start = 0; start < count; start += RowsAtATime)
        {
            var rows = Math.Min(RowsAtATime, count - start);
            using var residual = run.FinalResidual.Slice(first + start, rows);
            using var logits = Model.Logits(residual);
            Model.Device.Download(logits, values.AsSpan(0, rows * vocabulary));
            for (var r = 0; r < rows; r++)
            {
                read(first + start + r, values.AsSpan(r * vocabulary, vocabulary));
            }
        }
    }

    /// <summary>Logits [V] of a prompt's last position.</summary>
    /// <inheritdoc cref="ReadLogits"/>
    internal float[] LastLogits(ImmutableArray<int> ids)
    {
        var last = Array.Empty<float>();
        ReadLogits(ids, ids.Length - 1, 1, (_, logits) => last = logits.ToArray());
        return last;
    }

    /// <summary>Refuses a token that the model hasn't got.</summary>
    /// <exception cref="InvalidInputException">It is outside the vocabulary.</exception>
    internal void RequireToken(int id)
    {
        if (id >= Model.Config.Vocabulary)
        {
            throw new InvalidInputException("answer", $"token id {id} is outside the model's vocabulary of {Model.Config.Vocabulary}");
        }
    }

    /// <summary>ln Σ exp of logits.</summary>
    internal static double LogSum(ReadOnlySpan<float> logits)
    {
        var most = double.NegativeInfinity;
        foreach (var logit in logits)
        {
            most = Math.Max(most, logit);
        }

        var sum = 0.0;
        foreach (var logit in logits)
        {
            sum += Math.Exp(logit - most);
        }

        return most + Math.Log(sum);
    }

    private InvalidInputException NoTokenizer() => new(Folder, "has neither a tokenizer.json nor a vocab.json with merges.txt, which texts need");
}
