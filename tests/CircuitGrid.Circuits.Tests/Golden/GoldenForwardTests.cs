using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Golden;

public sealed class GoldenForwardTests
{
    public static TheoryData<string, string> Cases => Of(GoldenCase.Models);

    public static TheoryData<string, string> GradientCases => Of(GoldenCase.WithGradients);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_EveryPrompt_EqualTheReferenceLibrary(string model, string device)
    {
        using var golden = GoldenCase.Open(model, device);
        foreach (var dataset in golden.DataSets)
        {
            var examples = golden.Examples(dataset, MetricKind.LogitDifference);
            foreach (var (side, prompts) in new[] { ("clean", examples.Select(e => e.Clean)), ("corrupted", examples.Select(e => e.Corrupted)) })
            {
                var batch = new TokenBatch(prompts);
                using var run = golden.Model.RunSources(batch);
                using var rows = golden.Device.Allocate([examples.Length, golden.Config.Width]);
                golden.Device.GatherRows(rows, run.FinalResidual, batch.AnswerRows());
                using var logits = golden.Model.Logits(rows);
                var expected = golden.Json("logits").GetProperty(dataset).GetProperty(side).GetProperty("last_position");
                GoldenCase.AssertClose(
                    [.. expected.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(x => x.GetDouble()))],
                    [.. golden.Download(logits)],
                    golden.Tolerance,
                    $"{dataset} {side}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_EveryPositionOfTheFirstPrompt_EqualTheReferenceLibrary(string model, string device)
    {
        using var golden = GoldenCase.Open(model, device);
        using var run = golden.Model.RunSources(new TokenBatch([golden.Examples("main", MetricKind.LogitDifference)[0].Clean]));
        using var logits = golden.Model.Logits(run.FinalResidual);
        var expected = golden.Json("logits").GetProperty("main").GetProperty("clean").GetProperty("item0_all_positions");
        GoldenCase.AssertClose(
            [.. expected.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(x => x.GetDouble()))], [.. golden.Download(logits)], golden.Tolerance, "logits");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void NodeOutputs_FirstPrompt_EqualTheReferenceLibrary(string model, string device)
    {
        using var golden = GoldenCase.Open(model, device);
        var example = golden.Examples("main", MetricKind.LogitDifference)[0];
        var compared = 0;
        foreach (var (side, prompt) in new[] { ("clean", example.Clean), ("corrupted", example.Corrupted) })
        {
            using var run = golden.Model.RunSources(new TokenBatch([prompt]));
            Compare($"{side}.node.input", run.Embedding);
            Compare($"{side}.resid_final", run.FinalResidual);
            using var logits = golden.Model.Logits(run.FinalResidual);
            Compare($"{side}.logits", logits);
            for (var l = 0; l < golden.Config.Layers; l++)
            {
                Compare($"{side}.node.m{l}", run.Mlp[l]);
                using var heads = golden.Device.Allocate([golden.Config.Heads, example.Length, golden.Config.Width]);
                golden.Model.HeadOutputs(l, run.Heads[l], heads);
                for (var h = 0; h < golden.Config.Heads; h++)
                {
                    Compare($"{side}.node.a{l}.h{h}", heads.Slice(h, 1));
                }
            }
        }

        Assert.Equal(golden.Activations.Names.Count(n => !n.Contains(".grad.", StringComparison.Ordinal) && !n.Contains(".pattern.", StringComparison.Ordinal)), compared);

        void Compare(string name, Tensor actual)
        {
            // Of the families only the clean side is stored, and no logits.
            if (golden.Activations.Contains(name))
            {
                GoldenCase.AssertClose([.. golden.Activations[name]], [.. golden.Download(actual)], golden.Tolerance, name);
                compared++;
            }
        }
    }

    [Theory]
    [MemberData(nameof(GradientCases))]
    public void SlotGradients_FirstPrompt_EqualTheReferenceLibrary(string model, string device)
    {
        using var golden = GoldenCase.Open(model, device);
        var example = golden.Examples("main", MetricKind.LogitDifference)[0];
        var batch = new TokenBatch([example.Clean]);
        using var embedding = golden.Model.Embed(batch);
        var answers = new Answers(MetricKind.LogitDifference, [example.Correct], [example.Incorrect]);
        var gradients = new ResidualGradients(golden, example.Length);
        using var run = golden.Model.RunForGradients(golden.Model.EnterResidual(embedding, batch.Sequences), batch.Sequences, batch.AnswerRows());
        using var metric = golden.Model.SlotGradients(run, answers, gradients);

        var names = golden.Activations.Names.Where(n => n.StartsWith("clean.grad.", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(1 + (golden.Config.Layers * 4), names.Count);
        Assert.Equal(names, gradients.Values.Keys.Order(StringComparer.Ordinal));
        foreach (var name in names)
        {
            var expected = golden.Activations[name].Select(x => (double)x).ToList();
            GoldenCase.AssertClose(expected, gradients.Values[name], 1e-5 * expected.Max(Math.Abs), name);
        }

        var margin = golden.Json("circuits_main_eap_ig5_logit_diff_b12").GetProperty("baselines").GetProperty("logit_diff_clean").GetProperty("items")[0].GetDouble();
        Assert.Equal(margin, golden.Download(metric)[0], golden.Tolerance);
    }

    private static TheoryData<string, string> Of(IEnumerable<string> models) => [.. from m in models from d in GoldenCase.Devices.Keys select new TheoryDataRow<string, string>(m, d)];

    /// <summary>Takes gradients at projections all the way back to each slot's residual stream, one private LayerNorm a slot.</summary>
    private sealed class ResidualGradients(GoldenCase golden, int length) : ISlotGradients
    {
        public Dictionary<string, double[]> Values { get; } = [];

        public void VisitLogits(Tensor gradient) => Values["clean.grad.logits"] = AllRows(gradient);

        public void VisitMlp(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale)
        {
            using var dxhat = golden.Model.BackProjectMlp(layer, gradient);
            golden.Device.NormalizeBackward(dxhat, dxhat, xhat, inverseScale, accumulate: false);
            Values[$"clean.grad.m{layer}"] = AllRows(dxhat);
        }

        /// <summary>With zeros before the prompt's last rows if those are all there is.</summary>
        private double[] AllRows(Tensor rows)
        {
            var values = new double[length * golden.Config.Width];
            golden.Download(rows).Select(x => (double)x).ToArray().CopyTo(values, (length - rows.Rows) * golden.Config.Width);
            return values;
        }

        public void VisitHeads(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale)
        {
            var (heads, width) = (golden.Config.Heads, golden.Config.Width);
            using var dxhat = golden.Model.BackProjectHeads(layer, gradient);
            for (var c = 0; c < 3; c++)
            {
                var values = new double[length * heads * width];
                for (var h = 0; h < heads; h++)
                {
                    var slot = dxhat.Slice((c * heads) + h, 1).Reshape(length, width);
                    golden.Device.NormalizeBackward(slot, slot, xhat, inverseScale, accumulate: false);
                    var rows = golden.Download(slot);
                    for (var i = 0; i < rows.Length; i++)
                    {
                        values[(((i / width * heads) + h) * width) + (i % width)] = rows[i];
                    }
                }

                Values[$"clean.grad.a{layer}.{"qkv"[c]}"] = values;
            }
        }
    }
}
