using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>What takes the place of a source's output on an ablated edge.</summary>
public enum AblationKind
{
    /// <summary>The source's output on the corrupted prompt (interchange intervention).</summary>
    Patching,

    /// <summary>Nothing.</summary>
    Zero,

    /// <summary>The source's mean output over all positions of a reference set.</summary>
    Mean,

    /// <summary>The source's mean output over the reference prompts at the same position.</summary>
    PositionalMean,
}

/// <summary>
/// A kind of ablation with the means it needs. Because W_O is linear, replacing a head's output by its mean is replacing its z by
/// the mean z, so that every kind is a set of z, MLP outputs and embeddings.
/// </summary>
public sealed class Ablation
{
    private readonly float[][] means;
    private readonly int positions;

    private Ablation(AblationKind kind, float[][] means, int positions)
    {
        Kind = kind;
        this.means = means;
        this.positions = positions;
    }

    /// <summary>Replaces by the output on the corrupted prompt.</summary>
    public static Ablation Patching { get; } = new(AblationKind.Patching, [], 0);

    /// <summary>Replaces by zero.</summary>
    public static Ablation Zero { get; } = new(AblationKind.Zero, [], 0);

    public AblationKind Kind { get; }

    /// <summary>Replaces by the mean over all positions of the reference prompts.</summary>
    /// <exception cref="InvalidInputException">A prompt doesn't fit the model.</exception>
    public static Ablation Mean(Transformer model, IReadOnlyList<ImmutableArray<int>> reference) =>
        WithMeans(AblationKind.Mean, model, reference, positional: false);

    /// <summary>Replaces by the mean over the reference prompts position by position; later positions than any reference prompt has can't be ablated.</summary>
    /// <exception cref="InvalidInputException">A prompt doesn't fit the model.</exception>
    public static Ablation PositionalMean(Transformer model, IReadOnlyList<ImmutableArray<int>> reference) =>
        WithMeans(AblationKind.PositionalMean, model, reference, positional: true);

    /// <summary>The ablated outputs for a batch, and the residual streams they add up to.</summary>
    /// <param name="model">The model.</param>
    /// <param name="corrupted">The batch's corrupted prompts, which give the positions too.</param>
    /// <exception cref="InvalidInputException">A prompt is longer than every reference prompt of a positional mean.</exception>
    public SourceRun Run(Transformer model, TokenBatch corrupted)
    {
        return Kind == AblationKind.Patching ? model.RunSources(corrupted) : Compose(model, corrupted);
    }

    /// <summary>The same with only the answers' rows of what lies behind the last layer's attention.</summary>
    /// <param name="model">The model.</param>
    /// <param name="corrupted">The batch's corrupted prompts, which give the positions too.</param>
    /// <param name="forGradients">Whether gradients will be taken of the run, which is then one of the model: patching.</param>
    /// <exception cref="InvalidInputException">A prompt is longer than every reference prompt of a positional mean.</exception>
    internal SourceRun RunToAnswers(Transformer model, TokenBatch corrupted, bool forGradients) =>
        Kind == AblationKind.Patching ? model.RunToAnswers(corrupted, forGradients) : model.NarrowToAnswers(Compose(model, corrupted), corrupted);

    private SourceRun Compose(Transformer model, TokenBatch corrupted)
    {
        if (Kind == AblationKind.PositionalMean && corrupted.Sequences.MaxLength > positions)
        {
            throw new InvalidInputException("positional mean", $"a prompt has {corrupted.Sequences.MaxLength} tokens and the longest reference prompt only {positions}");
        }

        var (device, layers) = (model.Device, model.Config.Layers);
        var rows = corrupted.Sequences.Positions.Select(p => Kind == AblationKind.PositionalMean ? p : 0).ToArray();
        Tensor Values(int index)
        {
            var width = WidthOf(index, model);
            var values = device.Allocate([rows.Length, width]);
            if (Kind == AblationKind.Zero)
            {
                device.Fill(values, 0);
                return values;
            }

            using var table = device.Allocate([means[index].Length / width, width]);
            device.Upload(table, means[index]);
            device.GatherRows(values, table, rows);
            return values;
        }

        return model.ComposeSources(
            corrupted.Sequences,
            Values(0),
            [.. Enumerable.Range(0, layers).Select(l => Values(1 + (2 * l)))],
            [.. Enumerable.Range(0, layers).Select(l => Values(2 + (2 * l)))]);
    }

    private static Ablation WithMeans(AblationKind kind, Transformer model, IReadOnlyList<ImmutableArray<int>> reference, bool positional)
    {
        ArgumentOutOfRangeException.ThrowIfZero(reference.Count);
        var layers = model.Config.Layers;
        var rows = positional ? reference.Max(p => p.Length) : 1;
        var sums = Enumerable.Range(0, 1 + (2 * layers)).Select(i => new double[rows * WidthOf(i, model)]).ToArray();
        var counts = new int[rows];
        var buffer = Array.Empty<float>();
        foreach (var prompt in reference)
        {
            var batch = new TokenBatch([prompt]);
            using var run = model.RunSources(batch);
            for (var p = 0; p < prompt.Length; p++)
            {
                counts[positional ? p : 0]++;
            }

            Add(0, run.Embedding);
            for (var l = 0; l < layers; l++)
            {
                Add(1 + (2 * l), run.Heads[l]);
                Add(2 + (2 * l), run.Mlp[l]);
            }
        }

        var means = sums.Select((sum, index) => sum.Select((value, i) => (float)(value / counts[i / WidthOf(index, model)])).ToArray()).ToArray();
        return new Ablation(kind, means, rows);

        void Add(int index, Tensor values)
        {
            var (sum, width) = (sums[index], WidthOf(index, model));
            Array.Resize(ref buffer, (int)values.Length);
            model.Device.Download(values, buffer);
            for (var i = 0; i < buffer.Length; i++)
            {
                sum[positional ? i : i % width] += buffer[i];
            }
        }
    }

    /// <summary>Columns of the embedding (0), of a layer's z (odd), of its MLP's output (even).</summary>
    private static int WidthOf(int index, Transformer model) => index % 2 == 1 ? model.Config.QueryWidth : model.Config.Width;
}
