using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Transformers;

/// <summary>
/// A decoder-only transformer on a device, seen as nodes that write to a residual stream and slots that read it.
/// The forward and backward passes are written once, against <see cref="IDevice"/> (docs/method.md, forward pass).
/// T: rows of a batch; D: residual width; dh: head width; F: MLP width; V: vocabulary.
/// </summary>
public sealed partial class Transformer : IDisposable
{
    private readonly TransformerWeights weights;

    /// <summary>Where each head slot is among the fused projection's blocks.</summary>
    private readonly ImmutableArray<int> blocksOfSlots;

    private Transformer(IDevice device, ModelConfig config, TransformerWeights weights)
    {
        Device = device;
        Config = config;
        this.weights = weights;
        blocksOfSlots =
        [
            .. Enumerable.Range(0, config.Heads),
            .. Enumerable.Range(0, config.Heads).Select(h => config.Heads + (h / config.HeadsPerKey)),
            .. Enumerable.Range(0, config.Heads).Select(h => config.Heads + config.KeyHeads + (h / config.HeadsPerKey)),
        ];
    }

    public IDevice Device { get; }

    public ModelConfig Config { get; }

    private bool Parallel => Config.ParallelResidual;

    /// <summary>Loads a model's weights onto a device.</summary>
    /// <exception cref="InvalidInputException">A tensor is missing or unusable.</exception>
    public static Transformer Load(IDevice device, ITensorSource source) =>
        new(device, source.Config, TransformerWeights.Load(device, source.Config.Family.Layout(source, fold: true)));

    /// <summary>
    /// Loads the same model with its weights processed (docs/method.md, processed weights): attention patterns and differences of logits are those
    /// of <see cref="Load"/>, and what a head reads and writes can be told from its weights alone.
    /// </summary>
    /// <exception cref="InvalidInputException">A tensor is missing or unusable.</exception>
    public static Transformer LoadProcessed(IDevice device, ITensorSource source) =>
        new(device, source.Config, TransformerWeights.Load(device, new ProcessedWeights(source.Config.Family.Layout(source, fold: true))));

    /// <summary>The output of node <c>input</c>: token embeddings [T, D].</summary>
    /// <exception cref="InvalidInputException">A token is outside the vocabulary, or a prompt longer than the context.</exception>
    public Tensor Embed(TokenBatch batch)
    {
        foreach (var token in batch.Tokens)
        {
            if ((uint)token >= (uint)Config.Vocabulary)
            {
                throw new InvalidInputException("prompt", $"token id {token} is outside the model's vocabulary of {Config.Vocabulary}");
            }
        }

        if (batch.Sequences.MaxLength > Config.ContextLength)
        {
            throw new InvalidInputException("prompt", $"a prompt of {batch.Sequences.MaxLength} tokens is longer than the model's context of {Config.ContextLength}");
        }

        var embedding = Device.Allocate([batch.Sequences.Rows, Config.Width]);
        Device.GatherRows(embedding, weights.Embedding, batch.Tokens.AsSpan());
        return embedding;
    }

    /// <summary>The residual stream entering block 0: embeddings, plus learned positions where the model has them. A new tensor [T, D].</summary>
    public Tensor EnterResidual(Tensor embedding, Sequences sequences)
    {
        var residual = Device.Allocate(embedding.Shape.AsSpan());
        if (weights.Positions is null)
        {
            Device.Copy(residual, embedding);
        }
        else
        {
            using var positions = Device.Allocate(embedding.Shape.AsSpan());
            Device.GatherRows(positions, weights.Positions, sequences.Positions.AsSpan());
            Device.Add(residual, embedding, positions);
        }

        return residual;
    }

    /// <summary>Logits [N, V] of rows of the final residual stream [N, D].</summary>
    public Tensor Logits(Tensor finalRows)
    {
        using var xhat = Normalized(finalRows);
        return Unembed(xhat);
    }

    /// <summary>Rows of the unembedding U, [tokens, D]; a new tensor.</summary>
    public Tensor UnembeddingRows(ReadOnlySpan<int> tokens)
    {
        var rows = Device.Allocate([tokens.Length, Config.Width]);
        Device.GatherRows(rows, weights.Unembedding, tokens);
        return rows;
    }

    /// <summary>x·Uᵀ of rows x [N, D] as they are, without LayerNorm or bias: a new tensor [N, V].</summary>
    public Tensor ProjectToVocabulary(Tensor rows)
    {
        var projected = Device.Allocate([rows.Shape[0], Config.Vocabulary]);
        Device.MatrixProduct(projected, rows, transposeA: false, weights.Unembedding, transposeB: true);
        return projected;
    }

    /// <summary>b_U [V], what the final LayerNorm's shift adds to every logit.</summary>
    public Tensor UnembeddingBias => weights.UnembeddingBias;

    public void Dispose() => weights.Dispose();

    private Tensor Unembed(Tensor xhat)
    {
        var logits = ProjectToVocabulary(xhat);
        Device.AddBias(logits, logits, weights.UnembeddingBias);
        if (Config.LogitCap > 0)
        {
            Device.SoftCap(logits, logits, Config.LogitCap);
        }

        return logits;
    }
}
