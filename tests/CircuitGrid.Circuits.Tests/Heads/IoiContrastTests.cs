using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;

namespace CircuitGrid.Circuits.Tests.Heads;

/// <summary>Whether there is an effect to take shares of, from what stored scores keep.</summary>
public sealed class IoiContrastTests
{
    /// <summary>Four blocks of 2, 2, 2 and 2 prompts: Student's interval of the blocks' means, with 3 degrees of freedom.</summary>
    [Theory]
    [InlineData(0.5, 0.6, 0.4, 0.5, true)]
    [InlineData(0.5, 0.9, 0.1, 0.5, false)]
    [InlineData(0.12, 0.12, 0.12, 0.12, true)]
    [InlineData(0.09, 0.09, 0.09, 0.09, false)]
    [InlineData(0.001, -0.001, 0.002, -0.001, false)]
    public void Contrast_OfBlocks_IsThereWhereItsIntervalIsAboveTheSmallestEffect(double a, double b, double c, double d, bool isThere)
    {
        double[] means = [a, b, c, d];
        var contrast = Stored([.. means.Select(m => 2 * m)], [6, 6, 6, 6]).Contrast!;
        var deviation = Math.Sqrt(means.Sum(m => (m - means.Average()) * (m - means.Average())) / 3);
        Assert.Equal(means.Average(), contrast.Difference, 1e-12);
        Assert.Equal(means.Average() - (3.1824463053 * deviation / 2), contrast.Interval.Low, 1e-9);
        Assert.Equal(isThere, contrast.IsThere);
        Assert.Equal(isThere, contrast.WhyNot is null);
        Assert.Equal(isThere, contrast.WhyNot?.Contains("isn't surely more than 0.1 logits", StringComparison.Ordinal) is not true);
    }

    [Fact]
    public void Contrast_ThatScoresDontTell_IsNotThere()
    {
        var one = Stored([8], [6]).Contrast!;
        Assert.Equal((false, 4.0, "one block of prompts can't tell whether corruption changes the metric"), (one.IsThere, one.Difference, one.WhyNot));
        var none = Stored([8, 8], [6, 6]) with { Roles = ImmutableSortedDictionary<HeadRole, HeadTable>.Empty };
        Assert.Equal((false, "the stored scores don't tell by how much corruption changes the metric"), (none.Contrast!.IsThere, none.Contrast.WhyNot));
        Assert.True(double.IsNaN(none.Contrast.Difference));
    }

    private static HeadScores Stored(ImmutableArray<double> differences, ImmutableArray<double> names)
    {
        HeadTable Table(ImmutableArray<double> denominators) => new(1, [0]) { Samples = new(denominators.Length, [.. new double[denominators.Length]], denominators) };
        var effects = Table(differences);
        return new()
        {
            Roles = ImmutableSortedDictionary<HeadRole, HeadTable>.Empty.Add(HeadRole.Copying, Table(names)),
            Ioi = new([], [], [], [], effects, QueryEffects: null, InCircuit: null, AllHeads: null!),
            Notes = [],
        };
    }
}
