using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tests.Truths;

namespace CircuitGrid.Circuits.Tests.Heads;

/// <summary>Which scores a family's heads have: all of them, unless what a head writes can't be read off its weights, which is then said.</summary>
public sealed class FamilyHeadScoreTests
{
    private static readonly HeadRole[] s_ofWeights = [HeadRole.Successor, HeadRole.Copying, HeadRole.NegativeCopying, HeadRole.CopySuppression];

    public static TheoryData<string> Kinds => [.. TruthConfigs.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Measure_AnyFamily_HasEveryScoreOrSaysWhyNot(string kind)
    {
        using var model = new TruthModel(kind);
        var random = new Random(6);
        ImmutableArray<int> Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(model.Config.Vocabulary))];
        var scores = HeadScores.Measure(model.Device, model.Source, new HeadScoreInputs
        {
            Options = new HeadScoreOptions { MeanTexts = 3, Texts = 2, TextPositions = 7, TextLength = 7, FirstLayer = 1, SourceShare = 0.3 },
            RepeatedHalves = [Tokens(6), Tokens(6)],
            SuccessorLists = [new("list", [(1, 2), (2, 3), (3, 4)])],

            // Prompts whose answer the model prefers, and no longer once they are corrupted: without that there is no effect to speak of.
            Ioi = [.. HeadScoreTruthTests.Prompts(model, 60).Where(p => PathPatchingTests.CleanMetric(model, p) > Math.Max(0, PathPatchingTests.CleanMetric(model, p with { Clean = p.Corrupted })))],
            Texts = [Tokens(7), Tokens(7), Tokens(7)],
            FunctionTokens = [1, 4],
            Notes = [],
        });

        var expected = kind.Split(' ')[0] switch
        {
            "olmo2" or "olmo3" => "a norm behind attention",
            "gemma2" => "a norm behind attention",
            "olmo" when model.Config.QueryKeyValueLimit > 0 => "values are kept within bounds",
            _ => null,
        };
        Assert.All(scores.Roles, role => Assert.All(role.Value.Values, score => Assert.True(double.IsFinite(score))));
        Assert.Contains(scores.Roles[HeadRole.PreviousToken].Values, score => score > 0);
        Assert.Contains(HeadRole.SInhibition, scores.Roles.Keys);
        Assert.NotNull(scores.Ioi);
        Assert.Equal(expected is null ? s_ofWeights : [], s_ofWeights.Where(scores.Roles.ContainsKey));
        if (expected is null)
        {
            Assert.Empty(scores.Notes);
        }
        else
        {
            Assert.Contains(expected, Assert.Single(scores.Notes), StringComparison.Ordinal);
        }
    }
}
