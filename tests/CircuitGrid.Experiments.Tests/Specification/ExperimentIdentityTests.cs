using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Tests.Specification;

public sealed class ExperimentIdentityTests
{
    private const string Whole = """
        name: Everything
        suite: pythia
        models: [pythia-70m, pythia-160m]
        checkpoints: [0, 512, 143000]
        tasks:
          - name: ioi
            count: 50
            seed: 7
            bos: true
            lexicon: words.json
          - name: mine
            pairs: mine.jsonl
            metric: prob-diff
            count: 10
          - sva
        heads: true
        analysis: {method: relp, steps: 3, points: gauss-legendre, selection: top-n, absolute: false, threshold: 0.85, maxEdges: 300, blocks: 6, split: none, ablation: positional-mean, search: bisection, sampling: examples}
        comparison: {minimumStep: 1000, includeNotReached: true, includeNoTask: true}
        numerics: cuda-bf16
        """;

    /// <summary>
    /// Ids are in addresses that people keep and in the state of clusters: an experiment of a former version, whose search and sampling were the only ones, has the id
    /// it had. The preset of the paper keeps them. Where its root isn't part of it, it has another one (the second), and the first is its former.
    /// </summary>
    [Theory]
    [InlineData("{suite: nano, tasks: [ioi], analysis: {search: bisection, sampling: examples}}", "0590c17e7e21fd98", "b268d19226a60735")]
    [InlineData("{suite: nano, tasks: [ioi, sva], checkpoints: exponential, heads: true, analysis: {search: bisection, sampling: examples}}", "7c9c0f917fcc81f7", "61eb99870ebfa743")]
    [InlineData("{suite: nano, tasks: [ioi], preset: paper}", "a68c967144a703e7", "1330a7fd60fa8550")]
    [InlineData("{suite: nano, tasks: [ioi], preset: paper, analysis: {search: bisection, sampling: examples}}", "a68c967144a703e7", "1330a7fd60fa8550")]
    [InlineData("{suite: nano, tasks: [{name: mine, pairs: a.csv, metric: logit-diff}], analysis: {maxEdges: 5%, blocks: 8, search: bisection, sampling: examples}}", "4cd85d8d8f2eaad3", "7ab15905cef3533a")]
    [InlineData("{suite: nano, tasks: [ioi], analysis: {maxEdges: all, threshold: 1, search: bisection, sampling: examples}, examples: {count: 200, seed: 1, bos: true, lexicon: l.json}}", "4669cf841c6ab373", "1cb3aacedf4239bb")]
    [InlineData(Whole, "ae104ed5b8945fbe", "f7ba7559a3334680")]
    public void IdOf_ExperimentOfFormerVersions_IsWhatItWas(string yaml, string former, string expected)
    {
        var spec = ExperimentSpec.Parse(yaml, "experiment.yaml", "/suites");
        Assert.Equal((former, former), (ExperimentTexts.IdOf(spec), ExperimentTexts.FormerIdOf(spec)));
        spec = spec with { Root = "/suites" };
        Assert.Equal((expected, former), (ExperimentTexts.IdOf(spec), ExperimentTexts.FormerIdOf(spec)));
    }

    /// <summary>Suite, pairs file and lexicon are told from the root, wherever it lies; what they are called below it still tells experiments apart.</summary>
    [Theory]
    [InlineData("{suite: nano, tasks: [ioi]}", "{suite: other, tasks: [ioi]}")]
    [InlineData("{suite: nano, tasks: [{name: mine, pairs: a/b.csv, metric: logit-diff}]}", "{suite: nano, tasks: [{name: mine, pairs: a/c.csv, metric: logit-diff}]}")]
    [InlineData("{suite: nano, tasks: [{name: ioi, lexicon: l.json}]}", "{suite: nano, tasks: [{name: ioi, lexicon: m/l.json}]}")]
    [InlineData("{suite: 'urls:a.tsv', tasks: [ioi]}", "{suite: 'urls:b.tsv', tasks: [ioi]}")]
    public void IdOf_RootElsewhere_IsTheSame(string yaml, string otherwise)
    {
        Assert.Equal(IdOf(yaml, "/suites"), IdOf(yaml, "/home/else/where"));
        Assert.NotEqual(FormerIdOf(yaml, "/suites"), FormerIdOf(yaml, "/home/else/where"));
        Assert.NotEqual(IdOf(yaml, "/suites"), IdOf(otherwise, "/suites"));

        static string IdOf(string yaml, string root) => ExperimentTexts.IdOf(Parse(yaml, root));
        static string FormerIdOf(string yaml, string root) => ExperimentTexts.FormerIdOf(Parse(yaml, root));
        static ExperimentSpec Parse(string yaml, string root) => ExperimentSpec.Parse(yaml, "experiment.yaml", root) with { Root = root };
    }

    [Fact]
    public void IdOf_SuiteWithASeparatorAtItsEnd_IsTheSame()
    {
        Assert.Equal(IdOf("nano"), IdOf("./nano/"));

        static string IdOf(string suite) =>
            ExperimentTexts.IdOf(ExperimentSpec.Parse($"{{suite: {suite}, tasks: [ioi]}}", "experiment.yaml", "/suites") with { Root = "/suites" });
    }

    /// <summary>What is asked for without a word about search and sampling is another experiment than it was, and so is either alone.</summary>
    [Fact]
    public void IdOf_SearchAndSampling_AreTheDefaultsOnlyWhereNotWrittenOut()
    {
        var ids = ((string[])["", ", analysis: {sampling: examples}", ", analysis: {search: bisection}", ", analysis: {search: bisection, sampling: examples}"])
            .Select(analysis => IdOf($"{{suite: nano, tasks: [ioi]{analysis}}}")).ToArray();
        Assert.Equal(["412ad274b34844a6", "e0bf5963ef106385", "7ea19636881449fa", "0590c17e7e21fd98"], ids);
        Assert.Equal(ids[0], IdOf("{suite: nano, tasks: [ioi], analysis: {search: grid, sampling: templates}}"));

        static string IdOf(string yaml) => ExperimentTexts.IdOf(ExperimentSpec.Parse(yaml, "experiment.yaml", "/suites"));
    }

    /// <summary>Other wordings are other cells. The default written out changes nothing, and neither do wordings for tasks that have none to choose.</summary>
    [Fact]
    public void IdOf_Templates_ChangesWhereTheyAreParaphrases()
    {
        var bare = Id("{suite: nano, tasks: [greater-than, {name: mine, pairs: a.csv, metric: logit-diff}]}");
        Assert.Equal(bare, Id("{suite: nano, tasks: [{name: greater-than, templates: published}, {name: mine, pairs: a.csv, metric: logit-diff}]}"));
        Assert.Equal(bare, Id("{suite: nano, tasks: [{name: greater-than, templates: published}, {name: mine, pairs: a.csv, metric: logit-diff}], examples: {templates: paraphrases}}"));
        var paraphrased = Id("{suite: nano, tasks: [{name: greater-than, templates: paraphrases}, {name: mine, pairs: a.csv, metric: logit-diff}]}");
        Assert.NotEqual(bare, paraphrased);
        Assert.Equal(paraphrased, Id("{suite: nano, tasks: [greater-than, {name: mine, pairs: a.csv, metric: logit-diff}], examples: {templates: paraphrases}}"));

        static string Id(string yaml) => ExperimentTexts.IdOf(ExperimentSpec.Parse(yaml, "experiment.yaml", "/suites"));
    }

    /// <summary>What an experiment says to pass over decides what is understood: it is another experiment, and one that says nothing is what it was.</summary>
    [Fact]
    public void Identity_WithWordsToIgnore_IsAnother()
    {
        var spec = ExperimentSpec.Parse("{suite: nano, tasks: [{name: mine, pairs: a.csv, metric: logit-diff}]}", "experiment.yaml", "/suites");
        ExperimentSpec[] all =
        [
            spec,
            spec with { Ignore = ["mlp_bias"] },
            spec with { Ignore = ["mlp_bias", "x"] },
            spec with { Tasks = [spec.Tasks[0] with { IgnoreColumns = ["source"] }] },
            spec with { Tasks = [spec.Tasks[0] with { IgnoreColumns = ["source", "x"] }] },
        ];
        Assert.Equal(all.Length, all.Select(s => s.Identity).Distinct().Count());
    }
}
