using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Tests.Grid;

/// <summary>Stores that people keep hold the demo's cells under keys that contain its examples: if these change, every such result is out of date.</summary>
public sealed class DemoExamplesTests
{
    [Theory]
    [InlineData("ioi", "cebcad53c06e111f")]
    [InlineData("gendered-pronoun", "8e33f2786f53858a")]
    [InlineData("greater-than", "2aba8e5c1e9477ab")]
    [InlineData("sva", "9babc503690a934e")]
    public void BuildTask_OfTheDemo_GivesTheExamplesItAlwaysGave(string task, string digest)
    {
        var suite = SuiteFolder.Open(FindNano());
        var dataset = new FileExperimentSource().BuildTask(new TaskSpec(task), suite, suite.Models[0], suite.Models[0].Steps[0], ModelLimits.None, new());
        Assert.StartsWith(digest, ExamplesDigest.Of(dataset), StringComparison.Ordinal);
    }

    private static string FindNano()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Directory.Exists(Path.Combine(folder, "suites", "nano")))
            {
                return Path.Combine(folder, "suites", "nano");
            }
        }

        throw new DirectoryNotFoundException("suites/nano isn't above the test's folder.");
    }
}
