using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Architectures;

public sealed partial record ModelConfig
{
    internal const int MaxFileBytes = 1 << 20;

    /// <summary>
    /// Reads a Hugging Face <c>config.json</c> of <c>model_type</c> <c>gpt_neox</c> or <c>gpt2</c>. The keys that give the model its size
    /// must be there; others have the defaults of Hugging Face's configuration classes. A setting that would change the mathematics
    /// in a way that isn't implemented is an error, never ignored.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="foreign">Which keys to ignore, and where to note what is passed over; <see langword="null"/> for none, and nowhere.</param>
    /// <exception cref="InvalidInputException">The file can't be read, or a value in it is missing, out of range, or contradicts another.</exception>
    /// <exception cref="UnknownKeyException">The file has a key that may mean something and isn't known.</exception>
    public static ModelConfig Read(string path, ForeignKeys? foreign = null) => Parse(path, SourceFile.ReadAll(path, MaxFileBytes), foreign);

    /// <summary><see cref="Read"/> of a file whose contents are at hand.</summary>
    internal static ModelConfig Parse(string path, ReadOnlySpan<byte> utf8, ForeignKeys? foreign = null)
    {
        var json = JsonInput.Parse(path, utf8);
        foreign ??= new();
        var config = FamilyOf(json).Read(json, foreign);
        if (config.FindFault() is { } fault)
        {
            throw new InvalidInputException(path, fault);
        }

        return config;
    }

    private static ModelFamily FamilyOf(JsonInput json)
    {
        var all = string.Join(", ", Families.All.Select(f => f.ModelType));
        return json.FindString("model_type") switch
        {
            null => throw json.Error("model_type", $"is missing; these can be read: {all}"),
            var type => Families.Find(type) ?? throw json.Error("model_type", $"is {Text.OneLine(type)}; these can be read: {all}"),
        };
    }

    /// <summary>What is out of range or inconsistent, as a sentence without its full stop, or <see langword="null"/> for a sound configuration.</summary>
    internal string? FindFault()
    {
        var sizes = new (string Name, int Value, int Maximum)[]
        {
            ("the number of layers", Layers, ConfigReading.MaxLayers),
            ("the number of heads", Heads, ConfigReading.MaxHeads),
            ("the width", Width, ConfigReading.MaxWidth),
            ("the width of the MLP", MlpWidth, ConfigReading.MaxMlpWidth),
            ("the vocabulary", Vocabulary, ConfigReading.MaxVocabulary),
            ("the context length", ContextLength, ConfigReading.MaxContextLength),
        };
        foreach (var (name, value, maximum) in sizes)
        {
            if (value < 1 || value > maximum)
            {
                return $"{name} is {value}; it must be from 1 to {maximum}";
            }
        }

        if (OwnHeadWidth is null && Width % Heads != 0)
        {
            return $"the width {Width} isn't divisible by the number of heads, {Heads}";
        }

        if (OwnHeadWidth is { } own && own is < 1 or > ConfigReading.MaxWidth)
        {
            return $"the width of a head is {OwnHeadWidth}; it must be from 1 to {ConfigReading.MaxWidth}";
        }

        if (HeadsPerKey < 1 || Heads % HeadsPerKey != 0)
        {
            return $"the {Heads} heads can't share keys and values by {HeadsPerKey}";
        }

        if (Norms.Epsilon is not (> 0 and <= 0.1))
        {
            return $"the epsilon of the {(Norms.Centres ? "LayerNorms" : "RMSNorms")} is {Norms.Epsilon:R}; it must be above 0 and at most 0.1";
        }

        return Family.FindFault(this);
    }
}
