using System.Text;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Tests.Specification;

public sealed class ExperimentSpecTests
{
    private const string Full = """
        name: Everything said
        suite: suites/nano
        models: [small, large]
        checkpoints: [512, 0, 64]
        examples:
          count: 50
          seed: 7
          bos: true
          lexicon: words.json
        tasks:
          - ioi
          - name: sva
            count: 20
            bos: false
          - {name: capitals, pairs: data/capitals.jsonl, metric: prob-diff}
        analysis:
          method: eap-ig
          steps: 30
          points: gauss-legendre
          selection: top-n
          absolute: false
          threshold: 0.9
          maxEdges: 5%
          blocks: 16
          split: none
          ablation: positional-mean
          search: bisection
          sampling: examples
        comparison:
          includeNotReached: true
          includeNoTask: true
          minimumStep: 1000
        numerics: cpu-f32
        memory: 1.5GiB
        threads: 3
        """;

    [Fact]
    public void Parse_EveryKey_IsRead()
    {
        var spec = Parse(Full);
        Assert.Equal("Everything said", spec.Name);
        Assert.Equal(Path.GetFullPath("/work place/suites/nano"), spec.Suite);
        Assert.Equal(["small", "large"], spec.Models);
        Assert.Equal([0, 64, 512], spec.Checkpoints.Steps!);
        Assert.True(spec.Checkpoints.Demanded);
        var words = Path.GetFullPath("/work place/words.json");
        Assert.Equal(
            [
                new TaskSpec("ioi") { Count = 50, Seed = 7, PrependBos = true, Lexicon = words },
                new TaskSpec("sva") { Count = 20, Seed = 7, PrependBos = false, Lexicon = words },
                new TaskSpec("capitals")
                {
                    Count = 50,
                    Seed = 7,
                    PrependBos = true,
                    Lexicon = words,
                    Pairs = Path.GetFullPath("/work place/data/capitals.jsonl"),
                    Metric = MetricKind.ProbabilityDifference,
                },
            ],
            spec.Tasks);
        Assert.Equal(
            new AnalysisSpec
            {
                Method = AttributionMethod.EapIg,
                Steps = 30,
                Points = IntegrationPoints.GaussLegendre,
                Selection = SelectionRule.TopN,
                Absolute = false,
                Threshold = 0.9,
                MaxEdges = EdgeLimit.OfShare(0.05),
                Blocks = 16,
                Split = SplitRule.None,
                Ablation = AblationKind.PositionalMean,
                Search = SearchRule.Bisection,
                Sampling = SamplingRule.Examples,
            },
            spec.Analysis);
        Assert.True(spec.Comparison is { IncludeNotReached: true, IncludeNoTask: true, MinimumStep: 1000 });
        Assert.Equal(3L << 29, spec.Memory);
        Assert.Equal(3, spec.Threads);
    }

    [Fact]
    public void Parse_NecessaryKeysOnly_TakesTheDefaults()
    {
        var spec = Parse("suite: nano\ntasks: ioi");
        Assert.Equal("experiment", spec.Name);
        Assert.Empty(spec.Models);
        Assert.Same(CheckpointSelection.All, spec.Checkpoints);
        Assert.Equal([new TaskSpec("ioi")], spec.Tasks);
        Assert.Equal(new AnalysisSpec(), spec.Analysis);
        Assert.Equal((AttributionMethod.EapIg, 5, 0.8, SplitRule.Half), (spec.Analysis.Method, spec.Analysis.Steps, spec.Analysis.Threshold, spec.Analysis.Split));
        Assert.Equal((SearchRule.Grid, SamplingRule.Templates), (spec.Analysis.Search, spec.Analysis.Sampling));
        Assert.Null(spec.Memory);
        Assert.Null(spec.Threads);
    }

    [Fact]
    public void Parse_APairsTask_MayBeNamedLikeABuiltInOneAndIgnoreColumns()
    {
        var task = Assert.Single(Parse("suite: nano\nexamples: {bos: true, count: 9}\ntasks:\n  - {name: greater_than, pairs: x.csv, metric: prob-diff, ignoreColumns: [weight, source, weight]}").Tasks);
        Assert.Equal(("greater_than", true, 9), (task.Name, task.PrependBos, task.Count));
        Assert.Equal(["source", "weight"], task.IgnoreColumns);
        Assert.Equal(["source"], Assert.Single(Parse("suite: nano\ntasks:\n  - {name: x, pairs: x.csv, metric: prob-diff, ignoreColumns: source}").Tasks).IgnoreColumns);
    }

    [Fact]
    public void Parse_Templates_AreTheExamplesOwnOrTheTasks()
    {
        var tasks = Parse("suite: nano\nexamples: {templates: paraphrases}\ntasks:\n  - greater-than\n  - {name: ioi, templates: published}\n  - {name: mine, pairs: x.csv, metric: prob-diff}").Tasks;
        Assert.Equal([TemplateSet.Paraphrases, TemplateSet.Published, TemplateSet.Published], tasks.Select(t => t.Templates));
        Assert.Equal(TemplateSet.Paraphrases, Assert.Single(Parse("suite: nano\ntasks:\n  - {name: greater-than, templates: paraphrases}").Tasks).Templates);
        Assert.Equal(TemplateSet.Published, Assert.Single(Parse("suite: nano\ntasks: greater-than").Tasks).Templates);
    }

    [Fact]
    public void Parse_PaperPreset_SetsWhatIsNotSaid()
    {
        var spec = Parse("suite: nano\ntasks: [ioi]\npreset: paper\nanalysis: {threshold: 0.7}");
        Assert.Equal(new AnalysisSpec { Steps = 30, Split = SplitRule.None, Search = SearchRule.Bisection, Sampling = SamplingRule.Examples, Threshold = 0.7 }, spec.Analysis);
        Assert.Equal(1000, spec.Comparison.MinimumStep);
        Assert.Equal(new AnalysisSpec(), Parse("suite: nano\ntasks: [ioi]\npreset: standard").Analysis);
    }

    [Fact]
    public void Parse_ScheduleName_SelectsItsSteps()
    {
        var sparse = Parse("suite: nano\ntasks: ioi\ncheckpoints: sparse").Checkpoints;
        Assert.Equal(28, sparse.Steps!.Count);
        Assert.True(sparse.Includes(143_000));
        Assert.False(sparse.Includes(1));
        Assert.False(sparse.Demanded);
        Assert.Equal([64], Parse("suite: nano\ntasks: ioi\ncheckpoints: 64").Checkpoints.Steps!);
        Assert.Same(CheckpointSelection.All, Parse("suite: nano\ntasks: ioi\ncheckpoints: all").Checkpoints);
    }

    [Theory]
    [InlineData("maxEdges: all", 1487, 1487)]
    [InlineData("maxEdges: 100", 1487, 100)]
    [InlineData("maxEdges: 1", 1487, 1)]
    [InlineData("maxEdges: 0.1", 1487, 148)]
    [InlineData("maxEdges: 5%", 20_000, 1000)]
    [InlineData("maxEdges: 100%", 1487, 1487)]
    [InlineData("maxEdges: 5000", 1487, 1487)]
    [InlineData("threshold: 0.8", 19_999, 19_999)]
    [InlineData("threshold: 0.8", 32_347, 1617)]
    public void MaxEdges_AsWritten_ResolvesForTheGraph(string line, int edges, int limit) =>
        Assert.Equal(limit, Parse($"suite: nano\ntasks: ioi\nanalysis:\n  {line}").Analysis.MaxEdges.In(edges));

    [Theory]
    [InlineData("suit: nano\ntasks: ioi", "line 1: an experiment has no key 'suit'; did you mean 'suite'?")]
    [InlineData("name: x\ntasks: ioi", "has no 'suite'")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis: {maxEdges: 1.0}", "write 1 for one edge, or 'all'")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis: {maxEdges: 01}", "write 1 for one edge, or 'all'")]
    [InlineData("suite: nano\ntasks: [{name: ioi, pairs: a.csv, metric: logit-diff}]", "line 2: 'ioi' is a built-in task, which head scores and comparisons know by its name")]
    [InlineData("suite: nano\ntasks: ioi\nmodel: all", "line 3: an experiment has no key 'model'; did you mean 'models'?")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  methd: eap", "line 4: analysis has no key 'methd'; did you mean 'method'?")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  method: eap-ip", "line 4: 'eap-ip' is no method; did you mean 'eap-ig'?")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  method: zzzzzz", "'zzzzzz' is no method; known are eap, eap-ig, clean-corrupted, eap-qk, relp, exact")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  search: bisect", "line 4: 'bisect' is no search; did you mean 'bisection'?")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  sampling: template", "line 4: 'template' is no sampling; did you mean 'templates'?")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  sampling: prompts", "'prompts' is no sampling; known are templates, examples")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  steps: five", "line 4: steps must be a whole number from 1 to 10000, not 'five'")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  steps: 0", "steps must be")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  absolute: yes", "absolute must be true or false, not 'yes'")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  threshold: 1.5", "threshold must be a number above 0 and at most 1")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  threshold: nan", "threshold must be")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  maxEdges: 0", "maxEdges must be")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  maxEdges: 150%", "maxEdges must be")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  maxEdges: 2.5", "maxEdges must be")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis:\n  blocks: 1", "split: half needs at least two blocks")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis: eap", "line 3: analysis must be a list of 'key: value' lines")]
    [InlineData("suite: nano\ntasks: ioi\ncheckpoints: sparce", "'sparce' is no schedule of checkpoints; did you mean 'sparse'?")]
    [InlineData("suite: nano\ntasks: ioi\ncheckpoints: everything", "'everything' is no schedule of checkpoints; known are all, detail, exp-plus-detail, exponential, late-start, late-start-detail, linear, sparse")]
    [InlineData("suite: nano\ntasks: ioi\ncheckpoints: [1, x]", "a checkpoint's step must be a whole number")]
    [InlineData("suite: nano\ntasks: ioi\ncheckpoints: {a: 1}", "checkpoints must be 'all'")]
    [InlineData("suite: nano\ntasks: []", "line 2: tasks names none")]
    [InlineData("suite: nano\ntasks: [ioi, ioi]", "task 'ioi' is named twice")]
    [InlineData("suite: nano\ntasks: [a/b]", "'a/b' can't be a task's name")]
    [InlineData("suite: nano\ntasks:\n  - pairs: x.jsonl", "line 3: a task has no 'name'")]
    [InlineData("suite: nano\ntasks:\n  - {name: x, pairs: x.jsonl}", "needs a 'metric'")]
    [InlineData("suite: nano\ntasks:\n  - {name: ioi, metric: prob-diff}", "brings its own metric")]
    [InlineData("suite: nano\ntasks: [ioi, greater_than]", "line 2: 'greater_than' is no built-in task, and a task of one's own names its 'pairs'; did you mean 'greater-than'?")]
    [InlineData("suite: nano\ntasks:\n  - {name: IOI, count: 5}", "line 3: 'IOI' is no built-in task, and a task of one's own names its 'pairs'; did you mean 'ioi'?")]
    [InlineData("suite: nano\ntasks: arithmetic", "names its 'pairs'; known are ioi, gendered-pronoun, greater-than, sva")]
    [InlineData("suite: nano\ntasks:\n  - {name: ioi, count: 100001}", "line 3: count must be a whole number from 1 to 100000, not '100001'")]
    [InlineData("suite: nano\ntasks: ioi\nexamples: {count: 1000000}", "line 3: count must be a whole number from 1 to 100000")]
    [InlineData("suite: nano\ntasks:\n  - {name: x, pairs: x.jsonl, metric: logit-diff, seed: 1}", "line 3: 'seed' says how prompts are drawn, and those of a pairs file are given")]
    [InlineData("suite: nano\ntasks:\n  - {name: x, pairs: x.jsonl, metric: logit-diff, lexicon: w.json}", "line 3: 'lexicon' says how prompts are drawn")]
    [InlineData("suite: nano\nexamples:\n  bos: true\n  seed: 1\ntasks:\n  - {name: x, pairs: x.jsonl, metric: logit-diff}", "line 4: 'seed' says how prompts are drawn, and the experiment has no built-in task")]
    [InlineData("suite: nano\nexamples: {lexicon: w.json}\ntasks:\n  - {name: x, pairs: x.jsonl, metric: logit-diff}", "line 2: 'lexicon' says how prompts are drawn, and the experiment has no built-in task")]
    [InlineData("suite: nano\ntasks:\n  - {name: ioi, templates: paraphrase}", "line 3: 'paraphrase' is no templates; did you mean 'paraphrases'?")]
    [InlineData("suite: nano\ntasks:\n  - {name: ioi, templates: mine}", "line 3: 'mine' is no templates; known are published, paraphrases")]
    [InlineData("suite: nano\ntasks:\n  - {name: ioi, template: paraphrases}", "line 3: a task has no key 'template'; did you mean 'templates'?")]
    [InlineData("suite: nano\ntasks: ioi\ntemplates: paraphrases", "line 3: an experiment has no key 'templates'")]
    [InlineData("suite: nano\ntasks: ioi\nanalysis: {templates: paraphrases}", "analysis has no key 'templates'")]
    [InlineData("suite: nano\ntasks:\n  - {name: x, pairs: x.jsonl, metric: logit-diff, templates: paraphrases}", "line 3: 'templates' says how prompts are drawn, and those of a pairs file are given")]
    [InlineData("suite: nano\ntasks:\n  - {name: x, pairs: x.jsonl, metric: logit-diff, templates: published}", "line 3: 'templates' says how prompts are drawn, and those of a pairs file are given")]
    [InlineData("suite: nano\nexamples: {templates: paraphrases}\ntasks:\n  - {name: x, pairs: x.jsonl, metric: logit-diff}", "line 2: 'templates' says how prompts are drawn, and the experiment has no built-in task")]
    [InlineData("suite: nano\ntasks:\n  - {name: ioi, ignoreColumns: [source]}", "'ignoreColumns' goes with 'pairs'")]
    [InlineData("suite: nano\nexamples: {ignoreColumns: [source]}\ntasks: ioi", "examples has no key 'ignoreColumns'")]
    [InlineData("suite: nano\ntasks: ioi\nsuite: other", "line 3: 'suite' is given twice")]
    [InlineData("suite:\ntasks: ioi", "line 1: suite has no value")]
    [InlineData("suite: [a, b]\ntasks: ioi", "suite must be one word or text")]
    [InlineData("suite: nano\ntasks: ioi\nmodels: []", "models names none")]
    [InlineData("suite: nano\ntasks: ioi\nmodels: [a@b]", "'a@b' can't be a model's name")]
    [InlineData("suite: nano\ntasks: ioi\nmemory: lots", "memory must be a size such as 512MiB or 2GB, not 'lots'")]
    [InlineData("suite: nano\ntasks: ioi\nmemory: 0", "memory must be a size")]
    [InlineData("suite: nano\ntasks: ioi\nmemory: 1KB", "memory must be at least 1 MiB, without which nothing can be computed, not '1KB'")]
    [InlineData("suite: nano\ntasks: ioi\nnumerics: cuda-f8", "'cuda-f8' is no numerics; known are cpu-f32, ")]
    [InlineData("suite: nano\ntasks: ioi\npreset: papers", "'papers' is no preset; did you mean 'paper'?")]
    [InlineData("suite: nano\ntasks: ioi\nthreads: 0", "threads must be a whole number from 1 to 4096")]
    [InlineData("suite: nano\ntasks: [{name: a, pairs: a.jsonl}]", "a task with a pairs file needs a 'metric': logit-diff, prob-diff, log-prob, log-prob-diff or kl")]
    [InlineData("suite: nano\ntasks: [{name: a, pairs: a.jsonl, metric: kl}]\nanalysis: {method: eap}", "task 'a' is measured by kl, which has no slope at the clean run")]
    [InlineData("suite: nano\ntasks: [{name: a, pairs: a.jsonl, metric: kl}]\nanalysis: {method: eap-ig, points: clean-end, steps: 1}", "which has no slope at the clean run")]
    [InlineData("- suite", "an experiment must be a list of 'key: value' lines")]
    [InlineData("", "is empty")]
    [InlineData("# nothing", "is empty")]
    [InlineData("suite: nano\ntasks: ioi\n---\nsuite: b", "a second document starts")]
    [InlineData("suite: &a nano\ntasks: ioi", "anchors and aliases aren't taken")]
    [InlineData("suite: nano\ntasks: *a", "anchors and aliases aren't taken")]
    [InlineData("suite: !!str nano\ntasks: ioi", "tags aren't taken")]
    [InlineData("suite: nano\ntasks: [[[[[[[[[[[[ioi]]]]]]]]]]]]", "nested deeper than")]
    [InlineData("suite: \"nano\ntasks: ioi", "isn't YAML")]
    [InlineData("suite: nano\n\ttasks: ioi", "isn't YAML")]
    [InlineData("? [a]\n: b", "a key must be a word")]
    public void Parse_Mistake_IsNamedWithItsWayOut(string yaml, string message)
    {
        var error = Assert.Throws<InvalidInputException>(() => Parse(yaml));
        Assert.StartsWith("experiment.yaml", error.Message);
        Assert.Contains(message, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Parse_TooLongOrTooMany_IsRefused()
    {
        Assert.Contains("longer than", Assert.Throws<InvalidInputException>(() => Parse("suite: " + new string('a', 300_000))).Message);
        var many = "suite: nano\ntasks: [" + string.Join(',', Enumerable.Repeat("a", 30_000)) + "]";
        Assert.Contains("more than 20000 values", Assert.Throws<InvalidInputException>(() => Parse(many)).Message);
        Assert.Contains("nested deeper", Assert.Throws<InvalidInputException>(() => Parse(new string('[', 100_000))).Message);
    }

    [Fact]
    public void Parse_LongHostileWord_IsShownShort()
    {
        var error = Assert.Throws<InvalidInputException>(() => Parse($"suite: nano\ntasks: ioi\n\"{new string('x', 500)}\\e[31m\": 1"));
        Assert.InRange(error.Message.Length, 10, 400);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    [Theory]
    [InlineData("log-prob", "eap", MetricKind.LogProbability)]
    [InlineData("log-prob-diff", "relp", MetricKind.LogProbabilityDifference)]
    [InlineData("kl", "eap-ig", MetricKind.Divergence)]
    [InlineData("kl", "exact", MetricKind.Divergence)]
    [InlineData("kl", "clean-corrupted", MetricKind.Divergence)]
    public void Parse_Metric_IsThatOfItsWord(string word, string method, MetricKind expected)
    {
        var spec = Parse($"suite: nano\ntasks: [{{name: a, pairs: a.jsonl, metric: {word}}}]\nanalysis: {{method: {method}}}");
        Assert.Equal(expected, spec.Tasks[0].Metric);
        Assert.NotEqual(spec.Identity, (spec with { Tasks = [spec.Tasks[0] with { Metric = MetricKind.LogitDifference }] }).Identity);
    }

    [Fact]
    public void Load_MissingFile_SaysSo() =>
        Assert.Contains("doesn't exist", Assert.Throws<InvalidInputException>(() => ExperimentSpec.Load("/nowhere/at/all.yaml")).Message);

    [Fact]
    public void Identity_ChangesWithWhatIsAskedFor_AndNotWithHow()
    {
        var spec = Parse(Full);
        Assert.Equal(spec.Identity, Parse(Full).Identity);
        Assert.Equal(spec.Identity, (spec with { Name = "x", Threads = 1, Memory = null }).Identity);
        ExperimentSpec[] others =
        [
            spec with { Suite = "/elsewhere" },
            spec with { Models = [] },
            spec with { Checkpoints = CheckpointSelection.All },
            spec with { Tasks = [spec.Tasks[0]] },
            spec with { Tasks = [spec.Tasks[0] with { Count = 51 }, .. spec.Tasks.Skip(1)] },
            spec with { Tasks = [spec.Tasks[0] with { Templates = TemplateSet.Paraphrases }, .. spec.Tasks.Skip(1)] },
            spec with { Analysis = spec.Analysis with { Steps = 31 } },
            spec with { Analysis = spec.Analysis with { MaxEdges = EdgeLimit.All } },
            spec with { Analysis = spec.Analysis with { Search = SearchRule.Grid } },
            spec with { Analysis = spec.Analysis with { Sampling = SamplingRule.Templates } },
            spec with { Analysis = spec.Analysis with { Search = SearchRule.Grid, Sampling = SamplingRule.Templates } },
            spec with { Comparison = spec.Comparison with { MinimumStep = 0 } },
            spec with { Numerics = "cuda-bf16" },
        ];
        Assert.Equal(others.Length + 1, others.Append(spec).Select(s => s.Identity).Distinct().Count());
    }

    /// <summary>Damaged and hostile texts: an experiment or a clear error, never anything else.</summary>
    [Fact]
    public void Parse_MutatedText_IsReadOrRefused()
    {
        string[] scraps = ["[", "]", "{", "}", ":", " : ", "- ", "\n", "\n  ", "\t", "\"", "'", "&a", "*a", "!x", "|", ">", "%", "#", "?", "---", "...", "\0", "\ud800", "é", "\u2028", "0x", "1e999", "~", "<<: *a"];
        var random = new Random(20);
        var read = 0;
        for (var i = 0; i < 4000; i++)
        {
            try
            {
                Parse(Mutate(random, scraps));
                read++;
            }
            catch (InvalidInputException e)
            {
                Assert.StartsWith("experiment.yaml", e.Message);
            }
        }

        Assert.InRange(read, 1, 3999);
    }

    private static string Mutate(Random random, string[] scraps)
    {
        var text = new StringBuilder(Full);
        for (var changes = random.Next(1, 6); changes > 0; changes--)
        {
            var at = random.Next(text.Length);
            switch (random.Next(4))
            {
                case 0:
                    text.Remove(at, Math.Min(random.Next(1, 30), text.Length - at));
                    break;
                case 1:
                    text.Insert(at, scraps[random.Next(scraps.Length)]);
                    break;
                case 2:
                    text[at] = (char)random.Next(1, 300);
                    break;
                default:
                    text.Insert(at, text.ToString(random.Next(text.Length / 2), random.Next(text.Length / 2)));
                    break;
            }
        }

        return text.ToString();
    }

    private static ExperimentSpec Parse(string yaml) => ExperimentSpec.Parse(yaml, "experiment.yaml", "/work place");
}
