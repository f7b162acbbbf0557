using CircuitGrid.Circuits.Attribution;

namespace CircuitGrid.Circuits.Tests.Attribution;

public sealed class QuadratureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(30)]
    public void GaussLegendre_PolynomialsUpToDegree2mMinus1_AreExact(int steps)
    {
        var rule = Quadrature.For(new AttributionOptions { Points = IntegrationPoints.GaussLegendre, Steps = steps });
        for (var degree = 0; degree < 2 * steps; degree++)
        {
            Assert.Equal(1.0 / (degree + 1), rule.Points.Zip(rule.Weights, (x, w) => w * Math.Pow(x, degree)).Sum(), 1e-13);
        }

        var beyond = rule.Points.Zip(rule.Weights, (x, w) => w * Math.Pow(x, 2 * steps)).Sum();
        Assert.True(steps > 5 || Math.Abs(beyond - (1.0 / ((2 * steps) + 1))) > 1e-9);
        Assert.Equal(rule.Points.Order(), rule.Points);
    }

    [Fact]
    public void Points_OfEveryRule_AreThoseOfTheirDefinition()
    {
        AssertPoints(IntegrationPoints.CorruptedEnd, [0.25, 0.5, 0.75, 1]);
        AssertPoints(IntegrationPoints.CleanEnd, [0, 0.25, 0.5, 0.75]);
        AssertPoints(IntegrationPoints.Midpoint, [0.125, 0.375, 0.625, 0.875]);
        var ends = Quadrature.For(new AttributionOptions { Method = AttributionMethod.CleanCorrupted });
        Assert.Equal([0.0, 1.0], ends.Points);
        Assert.Equal([0.5, 0.5], ends.Weights);
        Assert.Equal([0.0], Quadrature.For(new AttributionOptions { Method = AttributionMethod.Eap, Steps = 9 }).Points);

        static void AssertPoints(IntegrationPoints points, double[] expected)
        {
            var rule = Quadrature.For(new AttributionOptions { Points = points, Steps = 4 });
            Assert.Equal(expected, rule.Points);
            Assert.Equal([0.25, 0.25, 0.25, 0.25], rule.Weights);
        }
    }
}
