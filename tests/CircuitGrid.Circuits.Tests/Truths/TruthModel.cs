using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Reference;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>A small random model, in the engine and in the plain implementation, with random prompts of several lengths.</summary>
internal sealed class TruthModel : IDisposable
{
    public TruthModel(string kind, IDevice? device = null, Func<ModelConfig, ModelConfig>? change = null, Func<ITensorSource, ITensorSource>? weights = null)
    {
        Device = device ?? new ReferenceDevice();
        Config = kind switch
        {
            "neox" => TruthConfigs.First("gpt_neox"),
            "neox-sequential" => TruthConfigs.First("gpt_neox") with { ParallelResidual = false, Rotary = new Rotary(6, 500) },
            "gpt2" => TruthConfigs.First("gpt2"),
            _ => TruthConfigs.Draw(kind),
        };
        Config = change?.Invoke(Config) ?? Config;
        ITensorSource random = kind.Contains(' ', StringComparison.Ordinal) ? new TruthTensors(Config, seed: 7) : new RandomTensors(Config, seed: 7, deviation: 0.5);
        Source = weights?.Invoke(random) ?? random;
        Engine = Transformer.Load(Device, Source);
        Graph = new CircuitGraph(GraphShape.Of(Config));
        Plain = new PlainTransformer(Source, Graph);
    }

    /// <summary>The families that were there first.</summary>
    public static TheoryData<string> Kinds => ["neox", "neox-sequential", "gpt2"];

    /// <summary>All families.</summary>
    public static TheoryData<string> AllKinds => [.. Kinds.Select(k => k.Data), .. TruthConfigs.Kinds];

    /// <summary>All families, one model of each.</summary>
    public static TheoryData<string> FirstKinds => [.. Kinds.Select(k => k.Data), .. TruthConfigs.Firsts];

    public IDevice Device { get; }

    public ModelConfig Config { get; }

    public ITensorSource Source { get; }

    public Transformer Engine { get; }

    public CircuitGraph Graph { get; }

    public PlainTransformer Plain { get; }

    public ImmutableArray<Example> Examples(int count, int seed = 1)
    {
        var random = new Random(seed);
        ImmutableArray<int> Tokens(int n) => [.. Enumerable.Range(0, n).Select(_ => random.Next(Config.Vocabulary))];
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                var length = 2 + (i % 4);
                var answers = Enumerable.Range(0, Config.Vocabulary).OrderBy(_ => random.Next()).Take(5).ToArray();
                return new Example(Tokens(length), Tokens(length), [.. answers[..2]], [.. answers[2..]]);
            }),
        ];
    }

    public void Dispose()
    {
        Engine.Dispose();
        Device.Dispose();
    }
}
