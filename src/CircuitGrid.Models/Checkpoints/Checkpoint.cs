using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints.Formats;
using CircuitGrid.Models.Checkpoints.Prints;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>
/// An open checkpoint folder in Hugging Face's layout. Opening reads the headers and holds every tensor's name, shape and type against
/// <c>config.json</c>; elements are read when asked for, from any number of threads.
/// Names are those of <see cref="TensorLayout"/>, with or without the <c>gpt_neox.</c> or <c>transformer.</c> in front; in files also with what
/// wrappers of models put there (<see cref="WrappedNames"/>), and in files of torch also in a dictionary under keys of their own.
/// </summary>
public sealed class Checkpoint : ITensorSource, IDisposable
{
    private readonly TensorFiles _files;
    private readonly Dictionary<string, TensorSource> _sources;
    private readonly Lazy<string> _digest;

    private Checkpoint(string folder, ModelConfig config, TensorFiles files)
    {
        Folder = folder;
        Config = config;
        _files = files;
        _sources = TensorMatcher.Match(files.WeightsPath, config, files.Groups);
        Tensors = [.. TensorLayout.Of(config).Select(spec => new TensorInfo(spec.Name, _sources[spec.Name].Kind, spec.Shape, _sources[spec.Name].Path))];
        _digest = new(() => ComputeDigest(CancellationToken.None));
    }

    public string Folder { get; }

    public ModelConfig Config { get; }

    /// <summary>All tensors of the model, in the order of <see cref="TensorLayout.Of"/>.</summary>
    public ImmutableArray<TensorInfo> Tensors { get; }

    /// <summary>The result of <see cref="ComputeDigest"/>, computed when first asked for.</summary>
    public string Digest => _digest.Value;

    /// <summary>Opens a folder with <c>config.json</c> and weights.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="foreign">Which keys of its JSON files to ignore, and where to note what is passed over; <see langword="null"/> for none, and nowhere.</param>
    /// <param name="kind">Which of its weights to read where there are several; <see langword="null"/> for the first of <see cref="CheckpointFolder.WeightKinds"/>.</param>
    /// <exception cref="InvalidInputException">A file is missing, damaged, or doesn't fit the configuration; the message names file, tensor and reason.</exception>
    /// <exception cref="UnknownKeyException">A file has a key that may mean something and isn't known.</exception>
    public static Checkpoint Open(string folder, ForeignKeys? foreign = null, WeightKind? kind = null)
    {
        if (!Directory.Exists(folder))
        {
            throw new InvalidInputException(folder, File.Exists(folder) ? "is a file; a checkpoint is a folder" : "doesn't exist");
        }

        var config = CheckpointFolder.ReadConfig(folder, foreign, kind);
        var files = TensorFiles.Open(folder, kind);
        try
        {
            return new Checkpoint(folder, config, files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Whether the model has a tensor of this name.</summary>
    public bool Contains(string name) => _sources.ContainsKey(TensorLayout.Canonical(Config.Family, name));

    /// <summary>Reads a whole tensor as float32, row-major.</summary>
    /// <exception cref="ArgumentException">The model has no such tensor.</exception>
    /// <exception cref="InvalidInputException">A value isn't finite or too large for float32, the file can't be read, or the tensor is too large for one array.</exception>
    public float[] Read(string name)
    {
        var source = Find(name);
        if (source.Spec.Length > Array.MaxLength)
        {
            throw new InvalidInputException(source.Where, $"has {source.Spec.Length} elements, too many for one array");
        }

        var values = GC.AllocateUninitializedArray<float>((int)source.Spec.Length);
        TensorReader.Read(source, 0, values);
        return values;
    }

    /// <summary>Reads a whole tensor as float32, row-major, into a span of exactly its length.</summary>
    /// <exception cref="ArgumentException">The model has no such tensor, or its length is another.</exception>
    /// <exception cref="InvalidInputException">A value isn't finite or too large for float32, or the file can't be read.</exception>
    public void Read(string name, Span<float> destination)
    {
        var source = Find(name);
        if (destination.Length != source.Spec.Length)
        {
            throw new ArgumentException($"{name} has {source.Spec.Length} elements, the span {destination.Length}", nameof(destination));
        }

        TensorReader.Read(source, 0, destination);
    }

    /// <summary>Reads entries of the first axis from <paramref name="firstRow"/> on as float32, as many as fill <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">The model has no such tensor, or the span doesn't hold a whole number of its rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rows aren't inside the tensor.</exception>
    /// <exception cref="InvalidInputException">A value isn't finite or too large for float32, or the file can't be read.</exception>
    public void ReadRows(string name, int firstRow, Span<float> destination)
    {
        var source = Find(name);
        var (rows, rest) = Math.DivRem(destination.Length, source.Columns);
        if (rest != 0)
        {
            throw new ArgumentException($"a row of {name} has {source.Columns} elements, and the span {destination.Length}", nameof(destination));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow, source.Rows - rows);
        TensorReader.Read(source, firstRow, destination);
    }

    /// <summary>
    /// SHA-256 over the parsed configuration and, in ordinal order of their canonical names, every tensor's name, type, shape and
    /// bytes. It tells what the model is, not how it is kept: safetensors, every form of <c>pytorch_model.bin</c> and shards of the same
    /// tensors have the same digest. Reads everything once.
    /// </summary>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="UnwrittenWeightsException">Every byte of every tensor is zero.</exception>
    /// <exception cref="InvalidInputException">A file can't be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public string ComputeDigest(CancellationToken cancellationToken) =>
        CheckpointDigest.Compute(Config, _sources.Values, printer: null, cancellationToken);

    /// <summary>
    /// The digest of <see cref="ComputeDigest"/> and what the weights are as numbers. Reads everything once. Values that aren't finite are counted in the
    /// print and are no error here.
    /// </summary>
    /// <exception cref="InvalidInputException">A file can't be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public (string Digest, WeightPrint Print) Examine(CancellationToken cancellationToken)
    {
        using var printer = new WeightPrinter(Config);
        var digest = CheckpointDigest.Compute(Config, _sources.Values, printer, cancellationToken);
        return (digest, printer.Finish());
    }

    public void Dispose() => _files.Dispose();

    private TensorSource Find(string name) =>
        _sources.GetValueOrDefault(TensorLayout.Canonical(Config.Family, name))
        ?? throw new ArgumentException($"{Config.Family} has no tensor {name}", nameof(name));
}
