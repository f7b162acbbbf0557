using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Patching;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Reference;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Heads;

/// <summary>Heads that have a role by construction score as they must, and decoys don't.</summary>
public sealed class HandBuiltHeadTests : IDisposable
{
    private readonly ReferenceDevice device = new();
    private readonly HandBuiltModel source = new();
    private readonly Transformer model;

    public HandBuiltHeadTests() => model = Transformer.LoadProcessed(device, source);

    public void Dispose()
    {
        model.Dispose();
        device.Dispose();
    }

    [Fact]
    public void Repetition_EachHeadHasItsOwnDiagonal()
    {
        var scores = RepetitionScores.Measure(model, [[8, 3, 1, 12, 7, 10], [2, 15, 0, 9, 5, 11]]);

        // In the first entry of the induction score nothing has been repeated yet; in the second, the first token counts as its own predecessor too.
        Role(s => s.Induction, HandBuiltModel.Induction, (5 + 0.75 + (1 / 6.0)) / 7, 0.25 / 7);
        Role(s => s.PreviousToken, HandBuiltModel.PreviousToken, 1, 1e-3, HandBuiltModel.SInhibition, HandBuiltModel.SPromotion);
        Role(s => s.DuplicateToken, HandBuiltModel.DuplicateToken, 1, 1e-3);

        void Role(Func<RepetitionScore, double> score, HeadIndex head, double expected, double tolerance, params HeadIndex[] others)
        {
            foreach (var s in scores)
            {
                var index = new HeadIndex(s.Layer, s.Head);
                if (index == head || others.Contains(index))
                {
                    Assert.Equal(expected, score(s), tolerance);
                }
                else
                {
                    Assert.InRange(score(s), 0, 0.35);
                }
            }
        }
    }

    [Fact]
    public void Successor_OnlyTheHeadThatAddsOneHasAScore()
    {
        ImmutableArray<SuccessorList> lists = [new("first", [.. Enumerable.Range(0, 8).Select(i => (i, i + 1))]), new("second", [.. Enumerable.Range(9, 6).Select(i => (i, i + 1))])];
        var scores = SuccessorScores.Measure(device, source, lists)!;
        Assert.Equal([HandBuiltModel.Successor], scores.Where(s => s != 0));
        Assert.Equal(1, scores[HandBuiltModel.Successor]);

        // Backwards it has nothing to say.
        var reversed = SuccessorScores.Measure(device, source, [new("reversed", [.. lists[0].Pairs.Select(p => (p.Successor, p.Token))])])!;
        Assert.Empty(reversed.Where(s => s != 0));
        Assert.Null(SuccessorScores.Measure(device, source, []));
    }

    [Fact]
    public void Copying_HeadsThatSayNamesAndHeadsThatUnsayThem()
    {
        var (copying, negative) = CopyScores.Measure(model, HandBuiltModel.Prompts, topTokens: 2);

        // The successor's decoy says what the MLP has made of a token; the duplicate-token and induction heads write no token at all.
        Assert.Equal([HandBuiltModel.SuccessorDecoy, HandBuiltModel.NameMover, HandBuiltModel.CopySuppressionDecoy], copying.Where(s => s > 0.5));
        Assert.Equal([HandBuiltModel.NegativeNameMover, HandBuiltModel.CopySuppression], negative.Where(s => s > 0.5));
        Assert.Equal([1.0, 1, 1, 1], [copying[2, 0], copying[2, 3], negative[2, 1], negative[2, 2]]);
    }

    [Fact]
    public void CopySuppression_TakesBackWhatWasToBeSaid_AndItsOppositeDoesNot()
    {
        var random = new Random(5);
        var inputs = new HeadScoreInputs
        {
            Options = new HeadScoreOptions { MeanTexts = 60, Texts = 10, TextPositions = 8, TextLength = 8, FirstLayer = 1 },
            RepeatedHalves = [],
            SuccessorLists = [],
            Ioi = [],
            Texts = [.. Enumerable.Range(0, 60).Select(_ => Enumerable.Range(0, 8).Select(_ => random.Next(HandBuiltModel.Tokens)).ToImmutableArray())],
            FunctionTokens = [],
            Notes = [],
        };
        var scores = CopySuppressionScores.Measure(model, inputs)!;
        Assert.InRange(scores[HandBuiltModel.CopySuppression], 0.9, 1);
        Assert.InRange(scores[HandBuiltModel.CopySuppressionDecoy], -0.05, 0.05);
        Assert.All(scores.Values.Take(4), s => Assert.Equal(0, s));

        // Of function words there is no copy suppression.
        var none = CopySuppressionScores.Measure(model, inputs with { FunctionTokens = [.. Enumerable.Range(0, HandBuiltModel.Tokens)] })!;
        Assert.Equal(0, none[HandBuiltModel.CopySuppression]);
        Assert.Null(CopySuppressionScores.Measure(model, inputs with { Texts = [] }));
    }

    [Fact]
    public void DirectEffects_OfNameMovers_AreHarmAndHelp()
    {
        var result = PathPatching.Run(model, HandBuiltModel.Prompts, MetricKind.LogitDifference, PathPatching.EveryHead(model), PathReceivers.FinalResidual);
        Assert.All(result.Clean, m => Assert.True(m > 0.5));
        Assert.All(result.Corrupted, m => Assert.True(m < -0.5));
        var effects = new HeadTable(4, result.Effects()!.Value);
        Assert.InRange(effects[HandBuiltModel.NameMover], -2, -1);
        Assert.InRange(effects[HandBuiltModel.NegativeNameMover], 0.2, 1);
        Assert.Equal(-1, effects[HandBuiltModel.NameMover] + effects[HandBuiltModel.NegativeNameMover], 0.05);
        Assert.InRange(effects[HandBuiltModel.DuplicateToken], -0.05, 0.05);
    }

    [Fact]
    public void SInhibition_OnlyTheHeadThatTellsWhereNotToLookPasses()
    {
        ImmutableArray<HeadIndex> candidates = [HandBuiltModel.SInhibition, HandBuiltModel.SPromotion, HandBuiltModel.Successor];
        var effects = SInhibitionTest.Run(model, HandBuiltModel.Prompts, [HandBuiltModel.NameMover], candidates);
        Assert.Equal([true, false], effects.Take(2).Select(e => e.Inhibits));

        // The name mover turns from one name to the other; the negative one, which isn't patched, stays and now adds to it.
        Assert.InRange(effects[0].LogitDifference, -3, -2.5);
        Assert.InRange(effects[0].IoAttention, -1, -0.9);
        Assert.True(effects[0].S1Attention > 1);
        Assert.True(effects[1].IoAttention > 0 || effects[1].LogitDifference > 0);
        Assert.Equal(0, effects[2].LogitDifference, 1e-5);

        // Its place is what counts: the same place under another name changes nothing, the other place under any name does.
        double Change(NameFlip flip) => SInhibitionTest.Run(model, HandBuiltModel.Prompts, [HandBuiltModel.NameMover], [HandBuiltModel.SInhibition], flip)[0].LogitDifference;
        Assert.All([NameFlip.TokenSamePositionSame, NameFlip.TokenDifferentPositionSame, NameFlip.TokenOppositePositionSame], flip => Assert.Equal(0, Change(flip), 1e-4));
        Assert.All([NameFlip.TokenDifferentPositionOpposite, NameFlip.TokenOppositePositionOpposite], flip => Assert.InRange(Change(flip), -3, -2.5));
    }
}
