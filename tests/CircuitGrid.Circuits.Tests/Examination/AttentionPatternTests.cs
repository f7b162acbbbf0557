using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tests.Golden;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Examination;

public sealed class AttentionPatternTests
{
    public static TheoryData<string, string> Cases => GoldenForwardTests.Cases;

    [Theory]
    [MemberData(nameof(Cases))]
    public void AttentionPatterns_OfTheFirstPrompt_EqualTheReferenceLibrary(string model, string device)
    {
        using var golden = GoldenCase.Open(model, device);
        var batch = new TokenBatch([golden.Examples("main", MetricKind.LogitDifference)[0].Clean]);
        using var run = golden.Model.RunSources(batch);
        for (var l = 0; l < golden.Config.Layers; l++)
        {
            using var patterns = golden.Model.AttentionPatterns(l, run.Residual[l], batch.Sequences);
            GoldenCase.AssertClose([.. golden.Activations[$"clean.pattern.{l}"].Select(x => (double)x)], [.. golden.Download(patterns)], 2e-6, $"layer {l}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Measure_OfTokensSaidTwice_IsTheMeanOfThePatternsDiagonals(string model, string device)
    {
        const int Half = 7;
        using var golden = GoldenCase.Open(model, device);
        var halves = golden.Examples("main", MetricKind.LogitDifference).Take(2).Select(e => e.Clean[..Half]).ToArray();
        var scores = RepetitionScores.Measure(golden.Model, halves);
        Assert.Equal(golden.Config.Layers * golden.Config.Heads, scores.Length);
        foreach (var score in scores)
        {
            var (previous, induction) = (0.0, 0.0);
            foreach (var half in halves)
            {
                // One sequence at a time, every element by its place.
                var batch = new TokenBatch([half.AddRange(half)]);
                using var run = golden.Model.RunSources(batch);
                using var patterns = golden.Model.AttentionPatterns(score.Layer, run.Residual[score.Layer], batch.Sequences);
                var weights = golden.Download(patterns);
                double At(int query, int key) => weights[(score.Head * 4 * Half * Half) + (query * 2 * Half) + key];
                previous += Enumerable.Range(0, (2 * Half) - 1).Average(k => At(k + 1, k)) / 2;
                induction += Enumerable.Range(0, Half + 1).Average(k => At(k + Half - 1, k)) / 2;
            }

            Assert.Equal(previous, score.PreviousToken, 1e-6);
            Assert.Equal(induction, score.Induction, 1e-6);
        }

        // Heads with a window don't see as far back, and all of them have exactly none.
        Assert.Distinct(scores.Where(s => !golden.Config.WindowedLayers.Contains(s.Layer)).Select(s => s.Induction));
        Assert.All(scores.Where(s => golden.Config.WindowedLayers.Contains(s.Layer)), s => Assert.Equal(0, s.Induction));
    }
}
