using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Architectures;

public sealed partial record ModelConfig
{
    internal const int MaxFileBytes = 1 << 20;

    /// <summary>
    /// Reads a Hugging Face <c>config.json</c> of one of <see cref="Families"/>. The keys that give the model its size must be there; others have the defaults of Hugging Face's configuration classes. A setting that would change the mathematics
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
            var type => Families.Find(type)
                ?? throw json.Error("model_type", $"is {Text.OneLine(type)}{(Families.IsMixture(type) ? "; a mixture of experts isn't supported" : "")}; these can be read: {all}"),
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

        return FindRotaryFault() ?? FindSwitchFault() ?? Family.FindFault(this);
    }

    private string? FindRotaryFault() => Rotary is not { } rotary
        ? null
        : rotary.Dimensions < 2 || rotary.Dimensions > HeadWidth || rotary.Dimensions % 2 != 0
            ? $"rotary positions turn {rotary.Dimensions} of a head's {HeadWidth} dimensions; the number must be even, at least 2 and no larger than the head"
            : rotary.Base is not (> 1 and <= 1e12)
                ? $"the base of the rotary angles is {rotary.Base:R}; it must be above 1 and at most 1e12"
                : null;

    /// <summary>A number or a set of layers that says nothing, so that equal models have equal configurations.</summary>
    private string? FindSwitchFault()
    {
        foreach (var (name, value) in new[] { ("the bound on queries, keys and values", QueryKeyValueLimit), ("the cap on attention logits", AttentionCap), ("the cap on logits", LogitCap) })
        {
            if (!double.IsFinite(value) || value < 0)
            {
                return $"{name} is {value:R}; it must be a number above 0, or 0 for none";
            }
        }

        foreach (var set in new[] { WindowedLayers, UnrotatedLayers })
        {
            if (!set.IsEmpty && set.ToString().Length != Layers)
            {
                return $"a set of layers tells of {set.ToString().Length}, and the model has {Layers}";
            }
        }

        return this switch
        {
            { WindowedLayers.IsEmpty: true, Window: not 0 } => $"a window of {Window} is given for no layer",
            { WindowedLayers.IsEmpty: false, Window: < 1 } => $"the window is {Window}; it must be at least 1",
            { WindowedAreUnscaled: true } when WindowedLayers.IsEmpty || Rotary?.Scaling is null => "windowed layers are said to be unscaled, and there are none or there is no scaling",
            { UnrotatedLayers.IsEmpty: false, Rotary: null } => "layers are said not to be rotated, and none is",
            { QueryScalar: { } scalar } when !double.IsFinite(scalar) || scalar <= 0 || scalar == HeadWidth => $"the number below queries is {scalar:R}; it must be above 0, and other than the width of a head",
            { OwnHeadWidth: { } own } when (long)own * Heads == Width => $"the width of a head, {own}, is given although it is D/H",
            _ => null,
        };
    }
}
