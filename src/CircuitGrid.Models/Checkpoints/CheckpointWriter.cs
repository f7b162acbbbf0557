using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>Writes checkpoint folders that this program and Hugging Face's transformers read.</summary>
public static class CheckpointWriter
{
    /// <summary>
    /// Writes <c>config.json</c> and <c>model.safetensors</c> into a folder, which is made if it isn't there. Each file appears whole or not at
    /// all, the weights last. The same model gives the same bytes.
    /// </summary>
    /// <param name="folder">The checkpoint's folder, e.g. <c>…/step1000</c>.</param>
    /// <param name="config">The model's configuration.</param>
    /// <param name="tensors">Every tensor of <see cref="TensorLayout.Of"/>, row-major, by its name there or without the prefix.</param>
    /// <param name="kind">What all elements are stored as.</param>
    /// <exception cref="ArgumentException">The configuration isn't sound, or a tensor is missing, unknown or of another length.</exception>
    /// <exception cref="InvalidInputException">A value can't be stored, or a file can't be written.</exception>
    public static void Write(string folder, ModelConfig config, IReadOnlyDictionary<string, float[]> tensors, ElementKind kind)
    {
        var values = tensors.ToDictionary(entry => TensorLayout.Canonical(config.Family, entry.Key), entry => entry.Value, StringComparer.Ordinal);
        var ordered = new List<TensorValues>();
        foreach (var spec in TensorLayout.Of(Sound(config)))
        {
            if (!values.Remove(spec.Name, out var array) || array.Length != spec.Length)
            {
                throw new ArgumentException($"{spec.Name} must be given with {spec.Length} values; there are {array?.Length ?? 0}", nameof(tensors));
            }

            ordered.Add(new TensorValues(spec.Name, spec.Shape, kind, array));
        }

        if (values.Count > 0)
        {
            throw new ArgumentException($"{values.Keys.First()} isn't part of the model", nameof(tensors));
        }

        Write(folder, config, kind, ordered);
    }

    /// <summary>As <see cref="Write(string, ModelConfig, IReadOnlyDictionary{string, float[]}, ElementKind)"/>, a tensor at a time, so that a large model needn't be in memory.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="source">The model; its tensors are read by their names in <see cref="TensorLayout.Of"/>.</param>
    /// <param name="kind">What all elements are stored as.</param>
    /// <exception cref="ArgumentException">The configuration isn't sound.</exception>
    /// <exception cref="InvalidInputException">A tensor can't be read or stored, or a file can't be written.</exception>
    public static void Write(string folder, ITensorSource source, ElementKind kind) => Write(
        folder,
        source.Config,
        kind,
        TensorLayout.Of(Sound(source.Config)).Select(spec => new TensorValues(spec.Name, spec.Shape, kind, () =>
        {
            var values = new float[spec.Length];
            source.Read(spec.Name, values);
            return values;
        })));

    private static ModelConfig Sound(ModelConfig config) =>
        config.FindFault() is { } fault ? throw new ArgumentException(fault, nameof(config)) : config;

    private static void Write(string folder, ModelConfig config, ElementKind kind, IEnumerable<TensorValues> tensors)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (SourceFile.IsFileError(e))
        {
            throw new InvalidInputException(folder, "can't be made: " + Text.OneLine(e.Message), e);
        }

        OutputFile.Write(Path.Combine(folder, CheckpointFolder.ConfigName), stream => config.Write(stream, kind));
        SafetensorsWriter.Write(Path.Combine(folder, CheckpointFolder.SafetensorsName), tensors);
    }
}
