using System.Runtime.CompilerServices;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Heads;

/// <summary>
/// Which heads would copy the names of IOI prompts if they looked at them (Wang et al. 2022, in the form of Tigges et al. 2024; docs/method.md,
/// head scores).
/// </summary>
public static class CopyScores
{
    /// <summary>
    /// For every head the share of names (three a prompt: IO, S1, S2) that are among the top tokens of z·W_V·W_O·U + b_U, and of those that are among the
    /// top tokens of −z·W_V·W_O·U + b_U, where z is the residual stream after the first block at the name. Equal tokens come before the name, so that a head
    /// that writes nothing copies nothing. The sampling units are blocks of neighbouring prompts.
    /// </summary>
    /// <param name="processed">The model with processed weights.</param>
    /// <param name="examples">IOI prompts.</param>
    /// <param name="topTokens">How many tokens a name must be among.</param>
    /// <exception cref="InvalidInputException">An example isn't an IOI prompt, or a logit isn't finite.</exception>
    public static (HeadTable Copying, HeadTable Negative) Measure(Transformer processed, IReadOnlyList<Example> examples, int topTokens)
    {
        var (config, device) = (processed.Config, processed.Device);
        using var names = NamesAfterFirstBlock(processed, examples, out var tokens);
        var bias = new float[config.Vocabulary];
        device.Download(processed.UnembeddingBias, bias);
        var copying = new Counts(config.Layers * config.Heads, examples.Count);
        var negative = new Counts(config.Layers * config.Heads, examples.Count);
        var logits = new float[tokens.Length * config.Vocabulary];
        var prompts = Prompts(examples);
        for (var l = 0; l < config.Layers; l++)
        {
            using var outputs = processed.ValueOutputs(l, names);
            for (var h = 0; h < config.Heads; h++)
            {
                using var projected = processed.ProjectToVocabulary(outputs.Slice(h, 1).Reshape(tokens.Length, config.Width));
                device.Download(projected, logits);
                Overflow.Refuse(logits, "what heads write for names", processed, prompts);
                Count(copying, (l * config.Heads) + h, logits, bias, tokens, topTokens, sign: 1);
                Count(negative, (l * config.Heads) + h, logits, bias, tokens, topTokens, sign: -1);
            }
        }

        return (copying.Table(config.Heads), negative.Table(config.Heads));
    }

    /// <summary>The residual stream after block 0 at IO, S1 and S2 of every prompt, [3·N, D], and the names' tokens.</summary>
    private static Tensor NamesAfterFirstBlock(Transformer model, IReadOnlyList<Example> examples, out int[] tokens)
    {
        const int RowsPerBatch = 2048;
        var residuals = model.Device.Allocate([3 * examples.Count, model.Config.Width]);
        var done = 0;
        foreach (var batch in examples.Chunk(Math.Max(1, RowsPerBatch / examples.Max(e => e.Length))))
        {
            var prompts = Prompts(batch);
            using var embedding = model.Embed(prompts);
            using var entering = model.EnterResidual(embedding, prompts.Sequences);
            using var qkv = model.ProjectHeads(0, entering);
            using var z = model.AttendHeads(0, qkv, prompts.Sequences);
            using var residual = model.FinishLayer(0, entering, z);
            int[] rows = [.. batch.SelectMany((e, i) => Positions(e).Select(p => prompts.Sequences.Offsets[i] + p))];
            model.Device.GatherRows(residuals.Slice(done, rows.Length), residual, rows);
            done += rows.Length;
        }

        tokens = [.. examples.SelectMany(e => Positions(e).Select(p => e.Clean[p]))];
        return residuals;
    }

    private static TokenBatch Prompts(IEnumerable<Example> examples) => new(examples.Select(e => e.Clean));

    private static int[] Positions(Example example)
    {
        var names = IoiNames.Find(example);
        return [names.Io, names.S1, names.S2];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Count(Counts counts, int head, float[] logits, float[] bias, int[] tokens, int topTokens, float sign)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            var row = logits.AsSpan(i * bias.Length, bias.Length);
            var own = (sign * row[tokens[i]]) + bias[tokens[i]];
            var above = 0;
            for (var t = 0; t < row.Length && above < topTokens; t++)
            {
                above += t != tokens[i] && (sign * row[t]) + bias[t] >= own ? 1 : 0;
            }

            counts.Add(head, i / 3, above < topTokens);
        }
    }

    /// <summary>Names that heads copy, by block of prompts.</summary>
    private sealed class Counts(int heads, int prompts)
    {
        private readonly int blocks = Math.Min(prompts, HeadSamples.MostUnits);
        private readonly double[] copied = new double[heads * Math.Min(prompts, HeadSamples.MostUnits)];

        public void Add(int head, int prompt, bool isCopied) => copied[(head * blocks) + BlockScores.BlockOf(prompt, prompts, blocks)] += isCopied ? 1 : 0;

        public HeadTable Table(int headsOfLayer)
        {
            var names = new double[blocks];
            for (var prompt = 0; prompt < prompts; prompt++)
            {
                names[BlockScores.BlockOf(prompt, prompts, blocks)] += 3;
            }

            return new(headsOfLayer, [.. copied.Chunk(blocks).Select(head => head.Sum() / (3 * prompts))]) { Samples = new(blocks, [.. copied], [.. names]) };
        }
    }
}
