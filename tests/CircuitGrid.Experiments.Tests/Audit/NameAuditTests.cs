using CircuitGrid.Experiments.Audit;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Tests.Audit;

public sealed class NameAuditTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Of_RegularGrid_NamesWhatIsMissing()
    {
        var findings = Audit("own", [0, 1, 2, 4, 8, 1000, 2000, 3000, 5000, 6000, 7000, 10_000, 11_000, 13_000]);

        Assert.Equal(
            [(3000, "is followed by step 5000: 1 of every 1000th is missing between them"), (7000, "is followed by step 10000: 2 of every 1000th are missing between them")],
            findings.Select(f => (f.Step, f.Text)));
        Assert.All(findings, f => Assert.Equal((AuditKind.Gap, false), (f.Kind, f.IsLeftOut)));
    }

    [Theory]
    [InlineData(0, 1, 2, 4, 8, 16, 32)]
    [InlineData(0, 64, 128, 256, 384, 512, 640, 768, 1000, 1250, 1500, 1750, 2000, 2500, 3000, 4000)]
    [InlineData(100, 200, 300, 400, 500)]
    [InlineData(1000, 1250, 1500, 1750, 2000, 2500, 3000, 4000)]
    public void Of_NoGridOrNoGap_NamesNothing(params int[] steps) => Assert.Empty(Audit("own", steps));

    /// <summary>Of a known suite the grid is known, however few of its checkpoints are here.</summary>
    [Fact]
    public void Of_KnownSuite_HasItsGrid() =>
        Assert.Equal("is followed by step 3000: 1 of every 1000th is missing between them", Assert.Single(Audit("pythia-70m", [512, 1000, 3000])).Text);

    [Fact]
    public void Of_TokensThatFall_LeavesOutTheFewest()
    {
        foreach (var name in new[] { "step1000-tokens2B", "step2000-tokens4B", "step3000-tokens20B", "step4000-tokens8B", "step5000-tokens10B" })
        {
            Directory.CreateDirectory(Path.Combine(folder, "suite", "m", name));
        }

        var finding = Assert.Single(NameAudit.Of(SuiteFolder.Open(Path.Combine(folder, "suite")).Models[0]));

        Assert.Equal((3000, AuditKind.TokenOrder, true), (finding.Step, finding.Kind, finding.IsLeftOut));
        Assert.Equal("is called step3000-tokens20B, and its tokens don't rise with the steps of the others", finding.Text);
    }

    private AuditFinding[] Audit(string model, int[] steps)
    {
        foreach (var step in steps)
        {
            Directory.CreateDirectory(Path.Combine(folder, "suite", model, $"step{step}"));
        }

        return [.. NameAudit.Of(SuiteFolder.Open(Path.Combine(folder, "suite")).Models[0])];
    }
}
