using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Models.Tests.Architectures;

/// <summary>Models of every family with any settings that the family can have.</summary>
internal static class FamilyConfigs
{
    private static readonly Gen<ModelConfig> s_sizes =
        from layers in Gen.Choose(1, 4)
        from keys in Gen.Choose(1, 3)
        from sharers in Gen.Choose(1, 3)
        from width in Gen.Choose(1, 12)
        from half in Gen.Choose(1, 4)
        from mlp in Gen.Choose(1, 20)
        from vocabulary in Gen.Choose(1, 30)
        from context in Gen.Choose(1, 40)
        from epsilon in Gen.Elements(1e-5, 1e-6, 0.01)
        from tied in Gen.Elements(true, false)
        from angleBase in Gen.Elements(10000.0, 500000.0, 1234.5)
        from activation in Gen.Elements(Activation.Silu, Activation.Gelu, Activation.GeluTanh, Activation.Relu)
        select new ModelConfig
        {
            Family = Families.Llama,
            Layers = layers,
            Heads = keys * sharers,
            Width = width,
            MlpWidth = mlp,
            Vocabulary = vocabulary,
            ContextLength = context,
            Norms = new(NormKind.RmsNorm, epsilon),
            Activation = activation,
            ParallelResidual = false,
            TiedUnembedding = tied,
            HeadsPerKey = sharers,
            OwnHeadWidth = 2 * half * keys * sharers == width ? null : 2 * half,
            Rotary = new Rotary(2 * half, angleBase),
            IsGated = true,
        };

    private static readonly Gen<RotaryScaling?> s_scalings =
        from kind in Gen.Choose(0, 3)
        from factor in Gen.Elements(2.0, 8, 1.5)
        from original in Gen.Choose(1, 64)
        select (RotaryScaling?)(kind switch
        {
            0 => null,
            1 => new LinearScaling(factor),
            2 => new Llama3Scaling(factor, 1, 1 + factor, original),
            _ => new YarnScaling(factor, 16 * factor, 0.5, 2 * original, 1 + (0.1 * factor)),
        });

    /// <summary>Sound configurations of all families but GPT-2 and GPT-NeoX.</summary>
    public static Gen<ModelConfig> All { get; } =
        from sizes in s_sizes
        from family in Gen.Elements(Families.All.Skip(2).ToArray())
        from scaling in s_scalings
        from biases in Gen.Elements(Biases.None, Biases.QueryKeyValue | Biases.Output, Biases.Mlp, Biases.All)
        from windowed in Layers(sizes.Layers)
        from unrotated in Layers(sizes.Layers)
        from window in Gen.Choose(1, 50)
        from bound in Gen.Elements(0.0, 8, 1.25)
        from cap in Gen.Elements(0.0, 30, 2.5)
        from scalar in Gen.Elements(20.0, 256, 0.5)
        from unscaled in Gen.Elements(true, false)
        select Sound(sizes with { Family = family }, config => config with
        {
            Rotary = config.Rotary!.Value with { Scaling = scaling },
            ContextLength = scaling is YarnScaling yarn ? (int)(yarn.Factor * yarn.OriginalContext) : config.ContextLength,
            Biases = biases,
            Window = windowed.IsEmpty ? 0 : window,
            WindowedLayers = windowed,
            WindowedAreUnscaled = unscaled && !windowed.IsEmpty && scaling is not null,
            UnrotatedLayers = unrotated,
            QueryKeyValueLimit = bound,
            AttentionCap = cap,
            LogitCap = bound,
            QueryScalar = scalar == config.HeadWidth ? null : scalar,
        });

    /// <summary>The nearest that the family can have.</summary>
    private static ModelConfig Sound(ModelConfig config, Func<ModelConfig, ModelConfig> switches) => config.Family.Nearest(switches(config));

    private static Gen<LayerSet> Layers(int layers) => from bits in Gen.Choose(0, (1 << layers) - 1) select LayerSet.Of(layers, l => (bits >> l & 1) == 1);
}
