using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Experiments.Tests.Specification;

public sealed class SmallPartsTests
{
    [Theory]
    [InlineData("512MiB", 512L << 20)]
    [InlineData("2GB", 2_000_000_000L)]
    [InlineData("2 gb", 2_000_000_000L)]
    [InlineData("1.5 KiB", 1536L)]
    [InlineData("4096", 4096L)]
    [InlineData("7B", 7L)]
    public void ByteSize_AsWritten_IsRead(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("-1")]
    [InlineData("0.5")]
    [InlineData("1e9")]
    [InlineData("nan")]
    [InlineData("9999999999TiB")]
    public void ByteSize_Nonsense_IsRefused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData("1MiB", true)]
    [InlineData("1048576", true)]
    [InlineData("1048575", false)]
    [InlineData("1MB", false)]
    [InlineData("1KB", false)]
    [InlineData("much", false)]
    public void MemoryLimit_LessThanAnythingNeeds_IsRefused(string text, bool isTaken) => Assert.Equal(isTaken, MemoryLimit.TryParse(text, out _, out _));

    [Theory]
    [InlineData(1000, "1000 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(3L << 30, "3 GiB")]
    public void ByteSize_Formatted_HasAUnit(long bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));

    [Fact]
    public void NearestName_FewEdits_FindsIt()
    {
        string[] names = ["models", "method", "tasks"];
        Assert.Equal("models", NearestName.Of("model", names));
        Assert.Equal("models", NearestName.Of("Mdoels", names));
        Assert.Equal("tasks", NearestName.Of("task", names));
        Assert.Null(NearestName.Of("completely", names));
        Assert.Null(NearestName.Of(new string('m', 10_000), names));
    }

    [Fact]
    public void EdgeLimit_Default_IsTheSearchsOwn()
    {
        foreach (var edges in (int[])[1, 1487, 19_999, 20_000, 20_019, 32_347, 1_591_857])
        {
            Assert.Equal(SizeSearchOptions.DefaultMaxEdges(edges), EdgeLimit.Default.In(edges));
            Assert.Equal(Math.Max(1, edges / 20), EdgeLimit.OfShare(0.05).In(edges));
        }
    }

    [Fact]
    public void Canonical_DefaultAnalysis_WritesEverythingOut()
    {
        const string former = "method=eap-ig;steps=5;points=corrupted-end;selection=greedy;absolute=true;threshold=0.8;max-edges=1487;blocks=32;split=half;ablation=patching";
        var bisection = new AnalysisSpec { Search = SearchRule.Bisection };
        Assert.Equal(former, bisection.Resolve(1487, 200).Canonical);
        Assert.Equal(former, (bisection with { Sampling = SamplingRule.Examples }).Resolve(1487, Dataset(templates: 9)).Canonical);
        Assert.Equal(former + ";sampling=templates", bisection.Resolve(1487, Dataset(templates: 9)).Canonical);
        Assert.Equal(former + ";search=grid", new AnalysisSpec().Resolve(1487, 200).Canonical);
        Assert.Equal(former + ";search=grid;sampling=templates", new AnalysisSpec().Resolve(1487, Dataset(templates: 6)).Canonical);
    }

    /// <summary>Fewer templates than can be sampled, or none, give the key of examples that name none.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void Canonical_TooFewTemplates_IsThatOfExamples(int templates) =>
        Assert.Equal(new AnalysisSpec().Resolve(1487, 200), new AnalysisSpec().Resolve(1487, Dataset(templates)));

    private static TaskDataset Dataset(int templates) =>
        new("t", MetricKind.LogitDifference, [.. Enumerable.Range(0, 200).Select(i => new Example([i], [i + 1], [1], [2]))], [])
        {
            Templates = templates == 0 ? [] : [.. Enumerable.Range(0, 200).Select(i => $"template {i % templates}")],
        };

    [Fact]
    public void Canonical_OptionsWithoutEffect_AreLeftOut()
    {
        var eap = new AnalysisSpec { Method = AttributionMethod.Eap };
        Assert.Equal(eap.Resolve(100, 20).Canonical, (eap with { Steps = 30, Points = IntegrationPoints.Midpoint }).Resolve(100, 20).Canonical);
        Assert.Equal(new AnalysisSpec { Blocks = 40 }.Resolve(100, 20), new AnalysisSpec().Resolve(100, 20));
    }

    [Fact]
    public void Differences_OfTwoAnalyses_NamesEveryOption()
    {
        var before = new AnalysisSpec().Resolve(1487, 200).Canonical;
        var after = new AnalysisSpec { Method = AttributionMethod.Eap, Threshold = 0.9 }.Resolve(1487, 200).Canonical;
        Assert.Equal(["method eap-ig → eap", "threshold 0.8 → 0.9", "steps 5 → –", "points corrupted-end → –"], CellAnalysis.Differences(before, after));
        Assert.Empty(CellAnalysis.Differences(before, before));
    }
}
