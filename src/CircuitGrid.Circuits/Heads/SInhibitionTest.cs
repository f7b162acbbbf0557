using System.Collections.Immutable;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Heads.Patching;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Training;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Heads;

/// <summary>How the prompt that a head's output is taken from differs: which name the second mention is, and which place it repeats.</summary>
public enum NameFlip
{
    /// <summary>The prompt itself: ABB, BAB.</summary>
    TokenSamePositionSame,

    /// <summary>New names in the same pattern: XYY, YXY.</summary>
    TokenDifferentPositionSame,

    /// <summary>The names change places: BAA, ABA.</summary>
    TokenOppositePositionSame,

    /// <summary>The first two names change places: BAB, ABB.</summary>
    TokenSamePositionOpposite,

    /// <summary>New names, and the other one is repeated: XYX, XYY.</summary>
    TokenDifferentPositionOpposite,

    /// <summary>The other name is repeated: ABA, BAA.</summary>
    TokenOppositePositionOpposite,
}

/// <summary>
/// What happens when a head's path to the name movers' queries carries its output of a flipped prompt: relative changes of means over prompts
/// (and name movers), (patched − clean)/clean.
/// </summary>
/// <param name="Head">The head.</param>
/// <param name="LogitDifference">Of the logit difference.</param>
/// <param name="IoAttention">Of the name movers' attention from the last token to the indirect object.</param>
/// <param name="S1Attention">To the subject.</param>
/// <param name="S2Attention">To its second mention.</param>
public sealed record SInhibitionEffect(HeadIndex Head, double LogitDifference, double IoAttention, double S1Attention, double S2Attention)
{
    /// <summary>The head keeps name movers from the subject: with its subject in the other's place, they do worse, look less at the indirect object and more at the subject.</summary>
    public bool Inhibits => LogitDifference < 0 && IoAttention < 0 && S1Attention > 0;

    /// <summary>Logit difference of every prompt, [N].</summary>
    public required ImmutableArray<double> Clean { get; init; }

    /// <summary>Logit difference of every prompt with the path patched, [N].</summary>
    public required ImmutableArray<double> Patched { get; init; }
}

/// <summary>The test for S-inhibition heads (Wang et al. 2022; Tigges et al. 2024; docs/method.md, head scores): path patching at the last token.</summary>
public static class SInhibitionTest
{
    /// <param name="model">The model, with whatever weights.</param>
    /// <param name="examples">IOI prompts; their own corrupted prompts aren't used.</param>
    /// <param name="nameMovers">Heads whose queries receive.</param>
    /// <param name="candidates">Heads to test, each by itself.</param>
    /// <param name="flip">Where a candidate's output comes from; the test proper takes <see cref="NameFlip.TokenSamePositionOpposite"/>.</param>
    /// <param name="seed">Of the new names of flips that need some.</param>
    /// <param name="memoryBudget">Bytes that activations may take beside the weights.</param>
    /// <param name="cancellation">Checked between sets of heads.</param>
    /// <returns>One for every candidate; none if the mean logit difference isn't positive, because then there is nothing to lose.</returns>
    /// <exception cref="InvalidInputException">An example isn't an IOI prompt, or there are too few names.</exception>
    public static ImmutableArray<SInhibitionEffect> Run(
        Transformer model,
        IReadOnlyList<Example> examples,
        IReadOnlyList<HeadIndex> nameMovers,
        IReadOnlyList<HeadIndex> candidates,
        NameFlip flip = NameFlip.TokenSamePositionOpposite,
        int seed = 1,
        long? memoryBudget = null,
        CancellationToken cancellation = default)
    {
        if (nameMovers.Count == 0 || candidates.Count == 0)
        {
            return [];
        }

        var names = examples.Select(IoiNames.Find).ToArray();
        var result = PathPatching.Run(
            model,
            Flipped(examples, flip, seed),
            MetricKind.LogitDifference,
            [.. candidates.Select(c => ImmutableArray.Create(c))],
            PathReceivers.Of(HeadComponent.Query, nameMovers),
            PatchPositions.Last,
            memoryBudget,
            cancellation);
        var clean = result.Clean.Average();
        if (clean <= 0)
        {
            return [];
        }

        double Attention(float[][][] weights, Func<IoiNames, int> position) => weights.Average(head => head.Select((row, e) => (double)row[position(names[e])]).Average());
        double Change(int candidate, Func<IoiNames, int> position)
        {
            var (unpatched, patched) = (Attention(result.CleanAttention, position), Attention(result.Attention[candidate], position));
            return patched == unpatched ? 0 : (patched - unpatched) / unpatched;
        }

        ImmutableArray<double> before = [.. result.Clean];
        return
        [
            .. candidates.Select((head, c) => new SInhibitionEffect(
                head, (result.Patched[c].Average() - clean) / clean, Change(c, n => n.Io), Change(c, n => n.S1), Change(c, n => n.S2))
            {
                Clean = before,
                Patched = [.. result.Patched[c]],
            }),
        ];
    }

    /// <summary>
    /// Every head's score: what it takes from the logit difference, −δ, where it inhibits, otherwise 0. The sampling units are blocks of neighbouring prompts;
    /// which heads inhibit is what all prompts together say.
    /// </summary>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="heads">Heads of a layer.</param>
    /// <param name="prompts">Number of prompts.</param>
    /// <param name="effects">Of the heads that were tested.</param>
    public static HeadTable Table(int layers, int heads, int prompts, ImmutableArray<SInhibitionEffect> effects)
    {
        var units = Math.Min(prompts, HeadSamples.MostUnits);
        var (lost, clean) = (new double[layers * heads * units], new double[units]);
        for (var p = 0; p < prompts && !effects.IsEmpty; p++)
        {
            clean[BlockScores.BlockOf(p, prompts, units)] += effects[0].Clean[p];
        }

        var scores = new double[layers * heads];
        foreach (var effect in effects.Where(e => e.Inhibits))
        {
            var head = (effect.Head.Layer * heads) + effect.Head.Head;
            scores[head] = -effect.LogitDifference;
            for (var p = 0; p < prompts; p++)
            {
                lost[(head * units) + BlockScores.BlockOf(p, prompts, units)] += effect.Clean[p] - effect.Patched[p];
            }
        }

        return new(heads, [.. scores]) { Samples = new(units, [.. lost], [.. clean]) };
    }

    /// <summary>The examples with their flipped prompts in the place of the corrupted ones.</summary>
    /// <exception cref="InvalidInputException">An example isn't an IOI prompt, or there are too few names.</exception>
    public static ImmutableArray<Example> Flipped(IReadOnlyList<Example> examples, NameFlip flip, int seed)
    {
        int[] pool = [.. examples.SelectMany(e => e.Correct.Concat(e.Incorrect)).Distinct().Order()];
        var random = SeededRandom.ForStream(seed, (ulong)flip);
        return [.. examples.Select(e => e with { Corrupted = Flip(e, flip, pool, random) })];
    }

    private static ImmutableArray<int> Flip(Example example, NameFlip flip, int[] pool, SeededRandom random)
    {
        var names = IoiNames.Find(example);
        var (io, subject) = (example.Correct[0], example.Incorrect[0]);
        var (newIo, newSubject, second) = flip switch
        {
            NameFlip.TokenSamePositionSame => (io, subject, subject),
            NameFlip.TokenOppositePositionSame => (subject, io, io),
            NameFlip.TokenSamePositionOpposite => (subject, io, subject),
            NameFlip.TokenOppositePositionOpposite => (io, subject, io),
            _ => NewNames(),
        };
        var prompt = example.Clean.ToBuilder();
        (prompt[names.Io], prompt[names.S1], prompt[names.S2]) = (newIo, newSubject, second);
        return prompt.MoveToImmutable();

        (int, int, int) NewNames()
        {
            int[] others = [.. pool.Where(n => n != io && n != subject)];
            if (others.Length < 2)
            {
                throw new InvalidInputException("IOI prompts", $"name {pool.Length} people between them; replacing a prompt's two by others takes four");
            }

            var x = random.Next(others.Length);
            var y = (x + 1 + random.Next(others.Length - 1)) % others.Length;
            return (others[x], others[y], flip == NameFlip.TokenDifferentPositionSame ? others[y] : others[x]);
        }
    }
}
