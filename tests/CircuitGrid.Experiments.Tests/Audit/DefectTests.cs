using System.Collections.Immutable;
using System.Text.Json.Nodes;
using CircuitGrid.Experiments.Audit;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Experiments.Tests.Audit;

/// <summary>
/// Defects that publishers have had, done to the shipped checkpoints: each is named, keeps its checkpoint out of comparisons, and changes no other result by a bit.
/// </summary>
public sealed class DefectTests : IClassFixture<DefectTests.CleanRun>
{
    private static readonly int[] Steps = [0, 256, 512, 640, 768, 1000, 1250, 1500, 1750, 2000, 2500, 3000, 4000];

    private readonly CleanRun clean;

    public DefectTests(CleanRun clean) => this.clean = clean;

    [Fact]
    public void Run_CleanSuite_HasNoFindings()
    {
        Assert.Empty(clean.Run.Plan.Findings);
        Assert.True(clean.Run.Pairs.Length >= 6);
    }

    [Fact]
    public async Task Run_StepWithTheFinalWeights_IsNamedAndLeftOut()
    {
        using var copy = new NanoCopy(Steps);
        copy.Replace(1500, by: 4000);

        var run = await RunAsync(copy);

        AssertOne(run, 1500, AuditKind.EqualWeights, "has the weights of step 4000");
        AssertKeptOut(run, 1500);
        Assert.Equal(run.Keys[4000], run.Keys[1500]);
    }

    /// <summary>Digests of the files differ, and so hashes miss it.</summary>
    [Fact]
    public async Task Run_StepThatIsEqualButForTheSignsOfZeros_IsComputedOnceAndLeftOut()
    {
        using var copy = new NanoCopy(Steps);
        copy.AddWithNegativeZeros(1, of: 0);

        var run = await RunAsync(copy);

        AssertOne(run, 1, AuditKind.EqualWeights, "has the weights of step 0");
        AssertKeptOut(run, 1);
        Assert.Equal(run.Keys[0], run.Keys[1]);
        Assert.Equal(Steps.Length, run.Computed);
    }

    [Fact]
    public async Task Run_AnotherModelOfTheSameShape_IsNamedAndLeftOut()
    {
        using var copy = new NanoCopy(Steps);
        using (var checkpoint = Checkpoint.Open(copy.Step(1500)))
        {
            var source = new RandomTensors(checkpoint.Config, seed: 7, deviation: 0.05);
            CheckpointWriter.Write(
                copy.Step(1500),
                checkpoint.Config,
                TensorLayout.Of(checkpoint.Config).ToDictionary(t => t.Name, t =>
                {
                    var values = new float[t.Length];
                    source.Read(t.Name, values);
                    return values;
                }),
                ElementKind.F32);
        }

        var run = await RunAsync(copy);

        AssertOne(run, 1500, AuditKind.Elsewhere, "has weights that have nothing in common with the other checkpoints'");
        AssertKeptOut(run, 1500);
    }

    [Fact]
    public async Task Run_OneStaleShard_IsNamedAndLeftOut()
    {
        using var copy = new NanoCopy(Steps);
        copy.Stale(1500, by: 4000);

        var run = await RunAsync(copy);

        AssertOne(run, 1500, AuditKind.StalePart, "has a part of step 4000: all of model-00002-of-00002.safetensors");
        AssertKeptOut(run, 1500);
    }

    [Fact]
    public async Task Run_AnotherRotaryBase_IsNotCompared_UnlessTheExperimentAcceptsIt()
    {
        using var copy = new NanoCopy(Steps);
        copy.Configure(1500, "rotary_emb_base", 5000);

        var run = await RunAsync(copy);

        Assert.Empty(run.Plan.Findings);
        Assert.DoesNotContain(run.Pairs, p => p.From == 1500 || p.To == 1500);
        Assert.Equal(["rotary-base"], Comparability.Differences(SettingsOf(run, 1500), SettingsOf(run, 1250)));
        AssertSame(run, except: 1500);

        var accepted = await RunAsync(copy, "rotary-base");
        Assert.Contains((1250, 1500), accepted.Pairs);
    }

    [Fact]
    public async Task Run_ScalingThatOneCheckpointAloneHas_IsComparedNeitherWithTheOneBeforeNorWithTheOneAfter()
    {
        using var copy = new NanoCopy(Steps);
        copy.Configure(1500, "rope_scaling", new JsonObject { ["type"] = "linear", ["factor"] = 2 }, isNew: true);

        var run = await RunAsync(copy);

        Assert.DoesNotContain(run.Pairs, p => p.From == 1500 || p.To == 1500);
        Assert.Equal(["scaling"], Comparability.Differences(SettingsOf(run, 1250), SettingsOf(run, 1500)));
        Assert.Equal(["scaling"], Comparability.Differences(SettingsOf(run, 1500), SettingsOf(run, 1250)));
        Assert.Equal([(1250, 1500), (1500, 1750)], run.Plan.NotCompared.Select(p => (p.From.Step, p.To.Step)));
        Assert.All(run.Plan.NotCompared, p => Assert.Equal(["scaling"], p.Fields));
        AssertSame(run, except: 1500);

        CheckpointInfo Of(int step) => run.Plan.Checkpoints.Single(c => c.Step == step).Info!;
        Assert.Equal([("scaling", "none", "linear:2")], Comparability.Differences(Of(1250), Of(1500)));
        Assert.Equal([("scaling", "linear:2", "none")], Comparability.Differences(Of(1500), Of(1750)));
    }

    [Fact]
    public async Task Run_TokensInEachOthersPlace_AreNotCompared_UnlessTheExperimentAcceptsIt()
    {
        using var copy = new NanoCopy(Steps);
        copy.SwapTokens(1500, "ĠJohn", "ĠJack");

        var run = await RunAsync(copy);

        Assert.DoesNotContain(run.Pairs, p => p.From == 1500 || p.To == 1500);
        Assert.Equal(["tokenizer"], Comparability.Differences(SettingsOf(run, 1500), SettingsOf(run, 1250)));
        AssertSame(run, except: 1500);
    }

    [Fact]
    public async Task Run_WhatIsAccepted_IsCompared()
    {
        using var copy = new NanoCopy(Steps);
        copy.Replace(1500, by: 4000);

        var run = await RunAsync(copy, "equal-weights");

        Assert.Contains(run.Plan.Findings, f => f is { Step: 1500, IsLeftOut: true });
        Assert.Contains(run.Pairs, p => p.To == 1500);
    }

    [Fact]
    public async Task Plan_FileOfZeros_CannotBeUsed()
    {
        using var copy = new NanoCopy([1000, 1250]);
        var path = Path.Combine(copy.Step(1250), "model.safetensors");
        var bytes = await File.ReadAllBytesAsync(path);
        bytes.AsSpan(8 + BitConverter.ToInt32(bytes)).Clear();
        await File.WriteAllBytesAsync(path, bytes);

        var run = await RunAsync(copy);

        var cell = run.Plan.Checkpoints.Single(c => c.Step == 1250).Cells[0];
        Assert.Equal(CellAction.Skip, cell.Action);
        Assert.Contains("every weight is zero", cell.Why, StringComparison.Ordinal);
    }

    private static void AssertOne(Run run, int step, AuditKind kind, string text)
    {
        var finding = Assert.Single(run.Plan.Findings);
        Assert.Equal((step, kind, true), (finding.Step, finding.Kind, finding.IsLeftOut));
        Assert.StartsWith(text, finding.Text, StringComparison.Ordinal);
    }

    private void AssertKeptOut(Run run, int step)
    {
        Assert.DoesNotContain(run.Pairs, p => p.From == step || p.To == step);
        AssertSame(run, except: step);
        if (clean.Run.Pairs.FirstOrDefault(p => p.To == step) is { To: > 0 } before)
        {
            // the neighbours are compared with each other instead
            Assert.Contains((before.From, clean.Run.Pairs.Single(p => p.From == step).To), run.Pairs);
        }
        else
        {
            Assert.Equal(clean.Run.Pairs, run.Pairs);
        }
    }

    private void AssertSame(Run run, int except) =>
        Assert.All(clean.Run.Bytes.Where(b => b.Key != except), b => Assert.True(b.Value.AsSpan().SequenceEqual(run.Bytes[b.Key]), $"step {b.Key}"));

    private static string SettingsOf(Run run, int step) => run.Plan.Checkpoints.Single(c => c.Step == step).Cells[0].Settings;

    private static async Task<Run> RunAsync(NanoCopy copy, params ImmutableArray<string> accept)
    {
        var path = Path.Combine(copy.Root, $"{string.Join('-', accept)}.db");
        using var store = SqliteCellStore.Open(path);
        var experiment = new ExperimentSpec { Name = "nano", Suite = copy.Folder, Tasks = [new("gendered-pronoun") { Count = 24 }], Accept = accept };
        await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource());
        var listener = new Listener();
        await grid.RunAsync(experiment, listener);
        var plan = await grid.PlanAsync(experiment);
        var cells = await StoredCells.OpenAsync(grid, experiment, new() { Resamples = 50 });
        var bytes = new Dictionary<int, byte[]>();
        var keys = new Dictionary<int, CellKey>();
        foreach (var cell in plan.Cells.Where(c => c.Action == CellAction.Keep))
        {
            bytes[cell.Id.Step] = CellResultCodec.Encode((await grid.ReadAsync(cell.Fingerprint!.Key))!);
            keys[cell.Id.Step] = cell.Fingerprint!.Key;
        }

        var trajectory = (await grid.CompareAsync(experiment)).Read((trajectories, _) => trajectories.Values.SingleOrDefault()?.Pairs.Select(p => (p.From, p.To)).ToArray() ?? []);
        var pairs = (await cells.CompareAsync(maxWeightBytes: null)).Select(p => (p.From.Id.Step, p.To.Id.Step)).ToArray();
        Assert.Equal(trajectory, pairs);
        return new(plan, bytes, keys, pairs, listener.Of(GridEventKind.Finished).Count());
    }

    internal sealed record Run(GridPlan Plan, Dictionary<int, byte[]> Bytes, Dictionary<int, CellKey> Keys, (int From, int To)[] Pairs, int Computed);

    public sealed class CleanRun : IAsyncLifetime
    {
        internal Run Run { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            using var copy = new NanoCopy(Steps);
            Run = await RunAsync(copy);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
