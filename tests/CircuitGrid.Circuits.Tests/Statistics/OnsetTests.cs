using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

/// <summary>Runs of checkpoints that last, against a second way of finding them.</summary>
public sealed class OnsetTests
{
    /// <summary>Written as a letter a checkpoint: with, undetermined, without (.).</summary>
    [Theory]
    [InlineData("..www", "1<2 3")]
    [InlineData("wwww", "<0 4")]
    [InlineData("uwww", "<1 3")]
    [InlineData(".uwww", "0<2 3")]
    [InlineData("..w.www", "3<4 3")]
    [InlineData("..ww.", "")]
    [InlineData("..wwuuw", "1<2 3")]
    [InlineData(".wuwuw.", "0<1 3 lost 6")]
    [InlineData(".wwwu.uwww", "0<1 3 lost 5, 5<7 3")]
    [InlineData("...ww", "2<3 2")]
    [InlineData("...w", "")]
    [InlineData("..wuuu", "")]
    [InlineData("w", "<0 1")]
    [InlineData("u", "")]
    [InlineData(".w", "")]
    [InlineData("ww", "<0 2")]
    [InlineData("", "")]
    public void Of_ASeries_HasTheRunsThatLast(string series, string expected) =>
        Assert.Equal(expected, Text(Onset.Of([.. series.Select(Read)])));

    [Fact]
    public void Of_EverySeriesOfEight_IsWhatItsSegmentsSay()
    {
        for (var code = 0; code < 6561; code++)
        {
            var series = new Presence[8];
            for (int t = 0, rest = code; t < 8; t++, rest /= 3)
            {
                series[t] = (Presence)(rest % 3);
            }

            Assert.Equal(BySegments(series), Text(Onset.Of(series)));
        }
    }

    [Fact]
    public void LastWithout_OfNoRun_IsTheLastOfAll()
    {
        var onset = Onset.Of([.. "..u.uw".Select(Read)]);
        Assert.Empty(onset.Runs);
        Assert.Equal(3, onset.LastWithout);
        Assert.Null(Onset.Of([.. "uu".Select(Read)]).LastWithout);
    }

    [Theory]
    [InlineData(0.11, 0.2, Presence.With)]
    [InlineData(0.1, 0.2, Presence.Undetermined)]
    [InlineData(0.05, 0.1, Presence.Undetermined)]
    [InlineData(-0.3, 0.09, Presence.Without)]
    [InlineData(0, 0, Presence.Without)]
    [InlineData(double.NegativeInfinity, double.PositiveInfinity, Presence.Undetermined)]
    [InlineData(double.NaN, double.NaN, Presence.Undetermined)]
    public void PresenceOf_AnInterval_IsTheSideItLiesOn(double low, double high, Presence expected) => Assert.Equal(expected, Presences.Of(new(low, high), 0.1));

    /// <summary>
    /// A task whose metric passes the threshold between two of twelve checkpoints, at which one differing from experiment to experiment, measured on 40 examples: the
    /// interval from the last checkpoint without to the first with holds that moment.
    /// </summary>
    [Fact]
    public void Of_MeasuredMetrics_HoldsTheMomentTheyPassTheThreshold()
    {
        const int experiments = 2000;
        var t = StudentT.Quantile(0.975, 39);
        var (held, narrow) = (0, 0);
        for (var seed = 0; seed < experiments; seed++)
        {
            var random = new Random(seed);
            var crossing = 2 + (7 * random.NextDouble());
            var series = new Presence[12];
            for (var c = 0; c < series.Length; c++)
            {
                var truth = 0.1 + (0.15 * (c - crossing));
                double[] values = [.. Enumerable.Range(0, 40).Select(_ => truth + (0.6 * SimulatedBlocks.Gaussian(random)))];
                var (mean, half) = (values.Average(), t * Math.Sqrt(values.Sum(v => (v - values.Average()) * (v - values.Average())) / 39 / 40));
                series[c] = Presences.Of(new(mean - half, mean + half), 0.1);
            }

            var onset = Onset.Of(series);
            var after = onset.Runs.IsEmpty ? onset.LastWithout : onset.Runs[0].After;
            var by = onset.Runs.IsEmpty ? (int?)null : onset.Runs[0].By;
            held += (after is null || after < crossing) && (by is null || crossing <= by) ? 1 : 0;
            narrow += by - (after ?? 0) <= 4 ? 1 : 0;
        }

        Assert.InRange((double)held / experiments, 0.97, 1);
        Assert.InRange((double)narrow / experiments, 0.5, 1);
    }

    /// <summary>The pieces between checkpoints without, each judged by itself.</summary>
    private static string BySegments(Presence[] series)
    {
        var found = new List<string>();
        var start = 0;
        for (var end = 0; end <= series.Length; end++)
        {
            if (end < series.Length && series[end] != Presence.Without)
            {
                continue;
            }

            var with = Enumerable.Range(start, end - start).Where(t => series[t] == Presence.With).ToArray();
            if (with.Length >= 3 || (with.Length == 2 && end == series.Length))
            {
                found.Add($"{(start > 0 ? start - 1 : "")}<{with[0]} {with.Length}{(end < series.Length ? $" lost {end}" : "")}");
            }

            start = end + 1;
        }

        return string.Join(", ", found);
    }

    private static Presence Read(char letter) => letter switch { 'w' => Presence.With, 'u' => Presence.Undetermined, _ => Presence.Without };

    private static string Text(Onset onset) => string.Join(", ", onset.Runs.Select(r => $"{r.After}<{r.By} {r.Shown}{(r.LostAt is { } lost ? $" lost {lost}" : "")}"));
}
