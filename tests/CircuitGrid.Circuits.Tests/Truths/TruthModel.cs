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
        var config = new ModelConfig
        {
            Family = Families.GptNeoX,
            Layers = 3,
            Heads = 2,
            Width = 12,
            MlpWidth = 20,
            Vocabulary = 23,
            ContextLength = 16,
            Norms = new(NormKind.LayerNorm, 1e-5),
            Activation = Activation.Gelu,
            ParallelResidual = true,
            TiedUnembedding = false,
            Rotary = new Rotary(4, 10000),
        };
        Config = kind switch
        {
            "neox" => config,
            "neox-sequential" => config with { ParallelResidual = false, Rotary = new Rotary(6, 500) },
            "gpt2" => config with { Family = Families.Gpt2, ParallelResidual = false, TiedUnembedding = true, Rotary = null, Activation = Activation.GeluTanh },
            _ => throw new ArgumentException(kind),
        };
        Config = change?.Invoke(Config) ?? Config;
        var random = new RandomTensors(Config, seed: 7, deviation: 0.5);
        Source = weights?.Invoke(random) ?? random;
        Engine = Transformer.Load(Device, Source);
        Graph = new CircuitGraph(GraphShape.Of(Config));
        Plain = new PlainTransformer(Source, Graph);
    }

    public static TheoryData<string> Kinds => ["neox", "neox-sequential", "gpt2"];

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
