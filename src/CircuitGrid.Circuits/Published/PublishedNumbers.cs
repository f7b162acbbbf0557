using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Published;

/// <summary>
/// Numbers that others have published for public checkpoints, each with what it was computed from, its precision, its tolerance and where it stands:
/// <c>published.json</c>, whose form <c>docs/formats.md</c> tells.
/// </summary>
public sealed class PublishedNumbers
{
    private const string Resource = "published.json";

    private static readonly Lazy<PublishedNumbers> s_default = new(ReadDefault);

    internal PublishedNumbers(ImmutableArray<PublishedModel> models) => Models = models;

    /// <summary>Those that come with the program.</summary>
    public static PublishedNumbers Default => s_default.Value;

    /// <summary>The models, in the order of the file.</summary>
    public ImmutableArray<PublishedModel> Models { get; }

    /// <summary>Reads the JSON form.</summary>
    /// <param name="json">The file's bytes.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidInputException">It isn't JSON, a key is missing, unknown or there twice, or a value can't be.</exception>
    public static PublishedNumbers Read(ReadOnlySpan<byte> json, string name) => PublishedReader.Read(json, name);

    /// <summary>The model of a name or of another name that it goes by; <see langword="null"/> for none. Letters' case makes no difference, as on the hub.</summary>
    public PublishedModel? Find(string name) => Models.FirstOrDefault(m => m.Names.Contains(name, StringComparer.OrdinalIgnoreCase));

    private static PublishedNumbers ReadDefault()
    {
        using var stream = typeof(PublishedNumbers).Assembly.GetManifestResourceStream($"CircuitGrid.Circuits.{Resource}")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Read(bytes.ToArray(), Resource);
    }
}
