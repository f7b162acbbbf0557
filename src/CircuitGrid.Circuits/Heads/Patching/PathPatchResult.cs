using System.Collections.Immutable;
using CircuitGrid.Circuits.Attribution;

namespace CircuitGrid.Circuits.Heads.Patching;

/// <summary>What path patching measured; N examples, S sets of senders.</summary>
/// <param name="Clean">Metric of every example on its clean prompt, [N].</param>
/// <param name="Corrupted">Metric of every example on its corrupted prompt, with the clean one's answers, [N].</param>
/// <param name="Patched">Metric of every example with a set's paths patched, [S][N].</param>
/// <param name="CleanAttention">Attention weights of the receiving heads from the last token in the clean run, [receiving heads][N][positions]; empty for the final residual stream.</param>
/// <param name="Attention">The same with a set's paths patched, [S][receiving heads][N][positions].</param>
public sealed record PathPatchResult(double[] Clean, double[] Corrupted, double[][] Patched, float[][][] CleanAttention, float[][][][] Attention)
{
    /// <summary>
    /// e = (metric patched − clean)/(clean − corrupted) of every set, each metric a mean over the examples: 0 where patching does no harm, −1 where it
    /// does as much as the corrupted prompt, positive where it helps. <see langword="null"/> where the clean mean isn't above the corrupted one.
    /// </summary>
    public ImmutableArray<double>? Effects()
    {
        var (clean, corrupted) = (Clean.Average(), Corrupted.Average());
        return clean > corrupted ? [.. Patched.Select(p => (p.Average() - clean) / (clean - corrupted))] : null;
    }

    /// <summary>
    /// <see cref="Effects"/> of every head of a model, each having been a set by itself, with samples whose units are blocks of neighbouring examples.
    /// <see langword="null"/> where there are no effects.
    /// </summary>
    /// <param name="heads">H, heads of a layer.</param>
    public HeadTable? EffectTable(int heads)
    {
        if (Effects() is not { } effects)
        {
            return null;
        }

        var units = Math.Min(Clean.Length, HeadSamples.MostUnits);
        var (changes, harm) = (new double[Patched.Length * units], new double[units]);
        for (var e = 0; e < Clean.Length; e++)
        {
            var unit = BlockScores.BlockOf(e, Clean.Length, units);
            harm[unit] += Clean[e] - Corrupted[e];
            for (var s = 0; s < Patched.Length; s++)
            {
                changes[(s * units) + unit] += Patched[s][e] - Clean[e];
            }
        }

        return new(heads, effects) { Samples = new(units, [.. changes], [.. harm]) };
    }
}
