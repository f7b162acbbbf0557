using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Models whose unembedding is their embedding, stored once under either name or twice.</summary>
public sealed class TiedEmbeddingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<ElementKind, ElementKind> Kinds { get; } =
    [
        .. from a in Enum.GetValues<ElementKind>()
           from b in Enum.GetValues<ElementKind>()
           select (a, b),
    ];

    public static TheoryData<string> Families { get; } = ["gpt_neox", "gpt2"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Families))]
    public void Open_UnembeddingAlone_IsTheEmbedding(string family)
    {
        var (config, embedding, unembedding) = Model(family);
        var weights = ModelSamples.Write(_folder.Path, config, seed: 61);
        using var usual = Checkpoint.Open(_folder.Path);
        var digest = usual.Digest;

        Write(config, weights, (unembedding, weights[embedding], ElementKind.F32));
        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Equal(weights[embedding], checkpoint.Read(embedding));
        Assert.False(checkpoint.Contains(unembedding));
        Assert.Equal(digest, checkpoint.Digest);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Open_UnembeddingAloneOfAModelThatIsNotTied_IsMissingItsEmbedding(string family)
    {
        var (config, embedding, unembedding) = Model(family);
        config = config with { TiedUnembedding = false };
        var weights = ModelSamples.Write(_folder.Path, config, seed: 61);

        Write(config, weights, (unembedding, weights[unembedding], ElementKind.F32));

        Assert.Equal($"{_folder["model.safetensors"]}: tensor {embedding}: is missing from the weights", Refusal());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_EqualNumbersInTwoTypes_AreTied(ElementKind embeddingKind, ElementKind unembeddingKind)
    {
        var (config, embedding, unembedding) = Model("gpt2");
        var weights = ModelSamples.Write(_folder.Path, config, seed: 62);
        weights[embedding][7] = 0;
        var same = (float[])weights[embedding].Clone();
        same[7] = -0f;

        Write(config, weights, (embedding, weights[embedding], embeddingKind), (unembedding, same, unembeddingKind));
        using (var checkpoint = Checkpoint.Open(_folder.Path))
        {
            Assert.Equal(embeddingKind, checkpoint.Tensors[0].Kind);
        }

        same[79] += 1 / 64f;
        Write(config, weights, (embedding, weights[embedding], embeddingKind), (unembedding, same, unembeddingKind));
        Assert.Contains($"tensor {unembedding}: differs from {embedding}, although config.json says they are tied", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NumbersThatOnlyOneTypeHolds_AreNotTied()
    {
        var (config, embedding, unembedding) = Model("gpt2");
        var weights = ModelSamples.Write(_folder.Path, config, seed: 63);
        weights[embedding][3] = 1 + MathF.ScaleB(1, -20);

        Write(config, weights, (embedding, weights[embedding], ElementKind.F32), (unembedding, weights[embedding], ElementKind.F16));

        Assert.Contains("differs from", Refusal(), StringComparison.Ordinal);
    }

    private static (ModelConfig Config, string Embedding, string Unembedding) Model(string family) => family == "gpt2"
        ? (ModelSamples.Gpt2, "transformer.wte.weight", "lm_head.weight")
        : (ModelSamples.GptNeoX with { TiedUnembedding = true }, "gpt_neox.embed_in.weight", "embed_out.weight");

    /// <summary>Writes the model's other tensors, and these for its embedding and unembedding.</summary>
    private void Write(ModelConfig config, Dictionary<string, float[]> weights, params (string Name, float[] Values, ElementKind Kind)[] embeddings) => SafetensorsWriter.Write(
        _folder["model.safetensors"],
        [
            .. TensorLayout.Of(config).Where(spec => spec.Shape[0] != config.Vocabulary).Select(spec => new TensorValues(spec.Name, spec.Shape, ElementKind.F32, weights[spec.Name])),
            .. embeddings.Select(entry => new TensorValues(entry.Name, [config.Vocabulary, config.Width], entry.Kind, entry.Values)),
        ]);

    private string Refusal() => Assert.Throws<InvalidInputException>(() => Checkpoint.Open(_folder.Path)).Message;
}
