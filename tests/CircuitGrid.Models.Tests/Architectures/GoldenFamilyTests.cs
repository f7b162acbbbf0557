using System.Buffers.Binary;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Architectures;

/// <summary>The reference models of every family: their configurations as their README tells them, and their tensors by the file's own header.</summary>
public sealed class GoldenFamilyTests
{
    private static readonly ModelConfig s_plain = new()
    {
        Family = Families.Llama,
        Layers = 2,
        Heads = 4,
        Width = 32,
        MlpWidth = 32,
        Vocabulary = 32,
        ContextLength = 2048,
        Norms = new(NormKind.RmsNorm, 1e-6),
        Activation = Activation.Silu,
        ParallelResidual = false,
        TiedUnembedding = false,
        Rotary = new Rotary(8, 10000),
        Biases = Biases.None,
        IsGated = true,
    };

    private static readonly Dictionary<string, ModelConfig> s_expected = new(StringComparer.Ordinal)
    {
        ["llama_tiny"] = s_plain with { HeadsPerKey = 2, Norms = new(NormKind.RmsNorm, 1e-5) },
        ["qwen2_tiny"] = s_plain with
        {
            Family = Families.Qwen2,
            HeadsPerKey = 2,
            MlpWidth = 36,
            ContextLength = 32768,
            Biases = Biases.QueryKeyValue,
            TiedUnembedding = true,
            Rotary = new Rotary(8, 1e6),
        },
        ["qwen3_tiny"] = s_plain with
        {
            Family = Families.Qwen3,
            HeadsPerKey = 2,
            MlpWidth = 24,
            ContextLength = 32768,
            OwnHeadWidth = 12,
            QueryKeyNorm = QueryKeyNorm.PerHead,
            Rotary = new Rotary(12, 1e6),
        },
        ["olmo_tiny"] = s_plain with
        {
            Family = Families.Olmo,
            MlpWidth = 24,
            Norms = new(NormKind.LayerNorm, 1e-5, HasWeights: false),
            QueryKeyValueLimit = 1.5,
            TiedUnembedding = true,
        },
        ["olmo2_tiny"] = s_plain with
        {
            Family = Families.Olmo2,
            MlpWidth = 24,
            ContextLength = 4096,
            Norms = new(NormKind.RmsNorm, 1e-6, NormPlacement.After),
            QueryKeyNorm = QueryKeyNorm.Whole,
            Rotary = new Rotary(8, 500000),
        },
        ["smollm3_tiny"] = s_plain with
        {
            Family = Families.SmolLm3,
            HeadsPerKey = 2,
            ContextLength = 65536,
            TiedUnembedding = true,
            UnrotatedLayers = FamilySamples.Set("01"),
            Rotary = new Rotary(8, 5e6),
        },
        ["olmo3_tiny"] = s_plain with
        {
            Family = Families.Olmo3,
            Layers = 3,
            Heads = 3,
            Width = 24,
            MlpWidth = 24,
            Vocabulary = 28,
            ContextLength = 512,
            Norms = new(NormKind.RmsNorm, 1e-6, NormPlacement.After),
            QueryKeyNorm = QueryKeyNorm.Whole,
            Window = 4,
            WindowedLayers = FamilySamples.Set("101"),
            WindowedAreUnscaled = true,
            Rotary = new Rotary(8, 500000, new YarnScaling(8, 32, 1, 64, 1.2079441541679836)),
        },
        ["gemma2_tiny"] = s_plain with
        {
            Family = Families.Gemma2,
            HeadsPerKey = 2,
            MlpWidth = 20,
            Vocabulary = 30,
            ContextLength = 8192,
            OwnHeadWidth = 12,
            Activation = Activation.GeluTanh,
            Norms = new(NormKind.RmsNorm, 1e-6, NormPlacement.Both, IsOffset: true),
            TiedUnembedding = true,
            AttentionCap = 6,
            LogitCap = 8,
            QueryScalar = 20,
            ScalesEmbedding = true,
            Window = 4,
            WindowedLayers = FamilySamples.Set("10"),
            Rotary = new Rotary(12, 10000),
        },
    };

    public static TheoryData<string> Cases { get; } = [.. s_expected.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Read_Config_TakesEverySettingFromTheFile(string model) =>
        Assert.Equal(s_expected[model], ModelConfig.Read(Path.Combine(Folder(model), "config.json")));

    [Theory]
    [MemberData(nameof(Cases))]
    public void TensorLayout_OfTheConfig_IsTheFilesOwn(string model)
    {
        var file = File.ReadAllBytes(Path.Combine(Folder(model), "model.safetensors"));
        using var header = JsonDocument.Parse(file.AsMemory(8, (int)BinaryPrimitives.ReadUInt64LittleEndian(file)));
        var stored = header.RootElement.EnumerateObject().Where(p => p.Name != "__metadata__")
            .Select(p => $"{p.Name} [{string.Join(", ", p.Value.GetProperty("shape").EnumerateArray())}]");

        Assert.Equal(stored.Order(StringComparer.Ordinal), TensorLayout.Of(s_expected[model]).Select(t => $"{t.Name} [{string.Join(", ", t.Shape)}]").Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Open_GoldenCheckpoint_HasEveryTensor(string model)
    {
        using var checkpoint = Checkpoint.Open(Folder(model));

        Assert.Equal(s_expected[model].ParameterCount, checkpoint.Tensors.Sum(t => (long)checkpoint.Read(t.Name).Length));
    }

    private static string Folder(string model) => Path.Combine(AppContext.BaseDirectory, "golden", model);
}
