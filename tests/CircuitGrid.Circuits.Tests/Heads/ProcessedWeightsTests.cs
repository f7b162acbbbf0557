using System.Collections.Immutable;
using CircuitGrid.Circuits.Tests.Golden;
using CircuitGrid.Circuits.Tests.Truths;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Reference;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Heads;

/// <summary>Processing weights changes what is written where, and nothing that anybody reads.</summary>
public sealed class ProcessedWeightsTests
{
    public static TheoryData<string> Models => ["golden neox_tiny25", "golden gpt2_tiny", .. TruthModel.AllKinds.Select(k => k.Data), "nano-2l"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_OfEveryPosition_MoveByACommonAmount(string name)
    {
        using var pair = new Pair(name);
        var (raw, processed) = (pair.Values(pair.Raw, m => m.Logits(pair.RawRun.FinalResidual)), pair.Values(pair.Processed, m => m.Logits(pair.ProcessedRun.FinalResidual)));
        var scale = raw.Max(Math.Abs);
        var shifts = new List<float>();
        for (var row = 0; row < pair.Batch.Sequences.Rows; row++)
        {
            var (a, b) = (Row(raw, row), Row(processed, row));
            var shift = a.Average() - b.Average();
            shifts.Add(shift);

            // Logits that are capped can't move together.
            Assert.Equal(pair.Raw.Config.LogitCap == 0 ? 0 : a.Average(), b.Average(), 1e-5 * scale);
            for (var t = 0; t < a.Length; t++)
            {
                Assert.Equal(a[t], b[t] + shift, 1e-5 * scale);
            }
        }

        Assert.Equal(pair.Raw.Config.LogitCap == 0, shifts.Exists(s => Math.Abs(s) > 1e-3 * scale));

        float[] Row(float[] logits, int row) => logits.AsSpan(row * pair.Raw.Config.Vocabulary, pair.Raw.Config.Vocabulary).ToArray();
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void ResidualStreams_AreTheirOwnDeviationsFromTheirMeansWhereNobodyReadsThose(string name)
    {
        using var pair = new Pair(name);
        for (var l = 0; l < pair.Raw.Config.Layers; l++)
        {
            Compare(pair.RawRun.Residual[l], pair.ProcessedRun.Residual[l]);
            Compare(pair.RawRun.MlpResidual[l], pair.ProcessedRun.MlpResidual[l]);
            Compare(pair.RawRun.Mlp[l], pair.ProcessedRun.Mlp[l]);
        }

        Compare(pair.RawRun.FinalResidual, pair.ProcessedRun.FinalResidual);

        void Compare(Tensor raw, Tensor processed)
        {
            var (a, b) = (pair.Download(raw), pair.Download(processed));
            var width = pair.Raw.Config.Width;
            Assert.Contains(a.Chunk(width), row => Math.Abs(row.Average()) > 1e-3 * row.Max(Math.Abs));
            for (var i = 0; i < a.Length; i++)
            {
                var mean = pair.Raw.Config.Norms.Centres ? a.AsSpan(i / width * width, width).ToArray().Average() : 0;
                Assert.Equal(a[i] - mean, b[i], 2e-5 * a.Max(Math.Abs));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Heads_LookWhereTheyLooked_AndReadTheSameLessAConstant(string name)
    {
        using var pair = new Pair(name);
        for (var l = 0; l < pair.Raw.Config.Layers; l++)
        {
            var patterns = pair.Values(pair.Raw, m => m.AttentionPatterns(l, pair.RawRun.Residual[l], pair.Batch.Sequences));
            GoldenCase.AssertClose(
                [.. patterns], [.. pair.Values(pair.Processed, m => m.AttentionPatterns(l, pair.ProcessedRun.Residual[l], pair.Batch.Sequences)).Select(x => (double)x)], 1e-5, $"layer {l}");
            var (raw, processed) = (pair.Download(pair.RawRun.Heads[l]), pair.Download(pair.ProcessedRun.Heads[l]));
            var width = pair.Raw.Config.QueryWidth;
            double[] constant = [.. Enumerable.Range(0, width).Select(u => (double)raw[u] - processed[u])];

            // Values have a constant part where there is a bias, or a norm with a shift; but one can't be told apart where values are bounded with it.
            var config = pair.Raw.Config;
            var hasConstant = config.QueryKeyValueLimit == 0 && (config.Biases.HasFlag(Biases.QueryKeyValue) || config.Norms is { Centres: true, HasWeights: true });
            Assert.Equal(hasConstant, Array.Exists(constant, c => Math.Abs(c) > 1e-3));
            GoldenCase.AssertClose([.. raw.Select((z, i) => z - constant[i % width])], [.. processed], 1e-5 * raw.Max(Math.Abs), $"layer {l}");
        }
    }

    /// <summary>A model loaded both ways, with a run of the same prompts.</summary>
    private sealed class Pair : IDisposable
    {
        private readonly IDevice device;

        public Pair(string name)
        {
            using var checkpoint = name.StartsWith("nano", StringComparison.Ordinal) ? Checkpoint.Open(Path.Combine(NanoFolder.Path, name, "step1000")) : null;
            device = checkpoint is null ? new ReferenceDevice() : new CpuDevice(new CpuDeviceOptions { Threads = 1 });
            using var golden = name.StartsWith("golden ", StringComparison.Ordinal) ? new GoldenCase(name[7..], new ReferenceDevice()) : null;
            using var truth = checkpoint is null && golden is null ? new TruthModel(name) : null;
            var source = checkpoint ?? (golden is null ? truth!.Source : new GoldenTensors(Path.Combine(golden.Folder, "model.safetensors"), golden.Config));
            Raw = Transformer.Load(device, source);
            Processed = Transformer.LoadProcessed(device, source);
            var random = new Random(3);
            Batch = new TokenBatch([.. Enumerable.Range(1, 4).Select(n => Enumerable.Range(0, 3 * n).Select(_ => random.Next(Raw.Config.Vocabulary)).ToImmutableArray())]);
            (RawRun, ProcessedRun) = (Raw.RunSources(Batch), Processed.RunSources(Batch));
        }

        public Transformer Raw { get; }

        public Transformer Processed { get; }

        public TokenBatch Batch { get; }

        public SourceRun RawRun { get; }

        public SourceRun ProcessedRun { get; }

        public float[] Values(Transformer model, Func<Transformer, Tensor> compute)
        {
            using var tensor = compute(model);
            return Download(tensor);
        }

        public float[] Download(Tensor tensor)
        {
            var values = new float[tensor.Length];
            device.Download(tensor, values);
            return values;
        }

        public void Dispose()
        {
            RawRun.Dispose();
            ProcessedRun.Dispose();
            Raw.Dispose();
            Processed.Dispose();
            device.Dispose();
        }
    }
}
