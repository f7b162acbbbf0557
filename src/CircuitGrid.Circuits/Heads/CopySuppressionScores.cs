using System.Collections.Immutable;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Heads;

/// <summary>
/// How much of what a head does to the predictions is copy suppression (McDougall et al. 2023, in the reduced form of Tigges et al. 2024;
/// docs/method.md, head scores): 1 − KL(model ‖ only its copy suppression kept) / KL(model ‖ head replaced by its mean), by the direct path.
/// </summary>
public static class CopySuppressionScores
{
    private const int BatchBytes = 64 << 20;

    /// <param name="processed">The model with processed weights.</param>
    /// <param name="inputs">Texts, tokens that don't count as sources, and options.</param>
    /// <param name="cancellation">Checked between texts.</param>
    /// <returns>
    /// At most 1; below 0 where keeping only the copy suppression is worse than keeping nothing. 0 in layers before the first and where the mean does no
    /// harm at all. The sampling units are the texts. <see langword="null"/> where there is no text.
    /// </returns>
    /// <exception cref="InvalidInputException">A divergence isn't finite.</exception>
    public static HeadTable? Measure(Transformer processed, HeadScoreInputs inputs, CancellationToken cancellation = default)
    {
        var (config, options) = (processed.Config, inputs.Options);
        if (inputs.Texts.IsEmpty)
        {
            return null;
        }

        using var means = new MeanOutputs(processed, inputs.Texts.AsSpan(0, Math.Min(options.MeanTexts, inputs.Texts.Length)), options.FirstLayer);
        ImmutableArray<ImmutableArray<int>> texts = [.. inputs.Texts.Take(options.Texts)];
        var heads = config.Layers * config.Heads;
        var (kept, ablated) = (new double[heads], new double[heads]);
        var (saved, harm) = (new double[heads * texts.Length], new double[heads * texts.Length]);
        for (var t = 0; t < texts.Length; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var run = new CopySuppressionText(processed, texts[t], inputs.FunctionTokens, options.SourceShare);
            for (var l = options.FirstLayer; l < config.Layers; l++)
            {
                var (first, text) = (l * config.Heads, t);
                run.Divergences(l, means.Of(l, texts[t].Length), BatchBytes, (h, withSuppression, withMean) =>
                {
                    var unit = ((first + h) * texts.Length) + text;
                    kept[first + h] += withSuppression;
                    ablated[first + h] += withMean;
                    saved[unit] += withMean - withSuppression;
                    harm[unit] += withMean;
                });
            }
        }

        if (!Array.TrueForAll(ablated, double.IsFinite) || !Array.TrueForAll(kept, double.IsFinite))
        {
            throw new InvalidInputException("copy suppression scores", $"are not finite: {Overflow.Reason(processed, [.. inputs.Texts.Select(text => new TokenBatch([text]))])}");
        }

        return new HeadTable(config.Heads, [.. kept.Zip(ablated, (k, a) => a > 0 ? 1 - (k / a) : 0)]) { Samples = new(texts.Length, [.. saved], [.. harm]) };
    }

    /// <summary>Mean output of every head at every position.</summary>
    private sealed class MeanOutputs : IDisposable
    {
        private readonly Tensor?[] outputs;

        /// <param name="model">With processed weights.</param>
        /// <param name="texts">All of one length.</param>
        /// <param name="firstLayer">First layer that is asked for.</param>
        public MeanOutputs(Transformer model, ReadOnlySpan<ImmutableArray<int>> texts, int firstLayer)
        {
            const int TextsPerBatch = 25;
            var (config, positions) = (model.Config, texts[0].Length);
            var sums = new double[config.Layers][];
            for (var first = 0; first < texts.Length; first += TextsPerBatch)
            {
                AddHeads(model, texts.Slice(first, Math.Min(TextsPerBatch, texts.Length - first)).ToArray(), firstLayer, sums);
            }

            outputs = new Tensor?[config.Layers];
            var count = texts.Length;
            for (var l = firstLayer; l < config.Layers; l++)
            {
                using var mean = model.Device.Allocate([positions, config.QueryWidth]);
                model.Device.Upload(mean, Array.ConvertAll(sums[l], s => (float)(s / count)));
                outputs[l] = model.Device.Allocate([config.Heads, positions, config.Width]);
                model.HeadOutputs(l, mean, outputs[l]!);
            }
        }

        /// <summary>Adds z of every text [P, H·dh] to its layer's sum. Nothing is computed behind the last layer's heads.</summary>
        private static void AddHeads(Transformer model, ImmutableArray<int>[] texts, int firstLayer, double[]?[] sums)
        {
            var batch = new TokenBatch(texts);
            using var embedding = model.Embed(batch);
            var residual = model.EnterResidual(embedding, batch.Sequences);
            var z = new float[residual.Rows * model.Config.QueryWidth];
            for (var l = 0; l < model.Config.Layers; l++)
            {
                using var entering = residual;
                using var qkv = model.ProjectHeads(l, entering);
                using var heads = model.AttendHeads(l, qkv, batch.Sequences);
                if (l >= firstLayer)
                {
                    model.Device.Download(heads, z);
                    var sum = sums[l] ??= new double[z.Length / texts.Length];
                    for (var text = 0; text < texts.Length; text++)
                    {
                        var own = z.AsSpan(text * sum.Length, sum.Length);
                        for (var i = 0; i < sum.Length; i++)
                        {
                            sum[i] += own[i];
                        }
                    }
                }

                if (l < model.Config.Layers - 1)
                {
                    residual = model.FinishLayer(l, entering, heads);
                }
            }
        }

        /// <summary>μ of a layer's heads, [H, positions, D].</summary>
        public Tensor Of(int layer, int positions) => outputs[layer]!.Shape[1] == positions
            ? outputs[layer]!
            : throw new ArgumentException("All texts have one length.", nameof(positions));

        public void Dispose()
        {
            foreach (var tensor in outputs)
            {
                tensor?.Dispose();
            }
        }
    }
}
