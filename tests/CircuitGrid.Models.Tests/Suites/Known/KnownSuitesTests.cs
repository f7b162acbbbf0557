using CircuitGrid.Models.Suites.Known;

namespace CircuitGrid.Models.Tests.Suites.Known;

public sealed class KnownSuitesTests
{
    [Theory]
    [InlineData("pythia-70m", "Pythia", 2_097_152L, 143_000)]
    [InlineData("pythia-1.4b-deduped", "Pythia", 2_097_152L, 143_000)]
    [InlineData("pythia-410m-seed9", "Pythia", 2_097_152L, 143_000)]
    [InlineData("pythia-160m-weight-seed2", "PolyPythias at 160m with one seed varied", 2_097_152L, 143_000)]
    [InlineData("OLMo-2-1124-7B", "OLMo 2", null, null)]
    [InlineData("Amber", "Amber", 3_500_000_000L, 359)]
    public void Find_ModelsOfPublicSuites_AreKnown(string model, string suite, long? tokens, int? main)
    {
        var known = KnownSuites.Find(model)!;

        Assert.Equal((suite, tokens, main), (known.Name, known.TokensPerStep, known.Main));
    }

    [Theory]
    [InlineData("pythia-70m-v0")]
    [InlineData("my-pythia-70m")]
    [InlineData("pythia-1x4b")]
    [InlineData("nano-2l")]
    public void Find_OtherModels_AreNot(string model) => Assert.Null(KnownSuites.Find(model));

    /// <summary>The defects that publishers have had, held against the reports: each is of these models alone.</summary>
    [Fact]
    public void Defects_AreThoseOfTheModel()
    {
        var large = KnownSuites.Find("pythia-2.8b")!.Defects;
        Assert.Equal([1, 2], large[0].Steps);
        Assert.Equal(12, large.Skip(1).Sum(d => d.Steps.Count));
        Assert.All(large.Skip(1), d => Assert.Equal(143_000, d.SameAs));
        Assert.Equal([50_000, 58_000], Assert.Single(KnownSuites.Find("pythia-12b")!.Defects, d => d.SameAs == 143_000).Steps);
        Assert.Equal([0], Assert.Single(KnownSuites.Find("pythia-160m-weight-seed1")!.Defects).Steps);
        Assert.Empty(KnownSuites.Find("pythia-160m-data-seed1")!.Defects);
    }
}
