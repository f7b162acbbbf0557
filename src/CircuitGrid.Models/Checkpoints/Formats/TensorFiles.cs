using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>The open weight files of a checkpoint folder and the tensors in them.</summary>
internal sealed class TensorFiles : IDisposable
{
    private readonly List<SourceFile> _files = [];

    private TensorFiles()
    {
    }

    /// <summary>Tensors by the names the files give them.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; private set; } = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);

    /// <summary>
    /// Opens whichever of <c>model.safetensors</c>, <c>model.safetensors.index.json</c>, <c>pytorch_model.bin</c> and
    /// <c>pytorch_model.bin.index.json</c> comes first, the order of Hugging Face's own loader.
    /// </summary>
    /// <exception cref="InvalidInputException">There is none, or a file isn't whole.</exception>
    public static TensorFiles Open(string folder)
    {
        var files = new TensorFiles();
        try
        {
            files.Tensors = files.OpenAll(folder);
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var file in _files)
        {
            file.Dispose();
        }
    }

    private IReadOnlyDictionary<string, StoredTensor> OpenAll(string folder)
    {
        var path = Path.Combine(folder, CheckpointFolder.SafetensorsName);
        if (File.Exists(path))
        {
            return OpenFile(path);
        }

        throw new InvalidInputException(folder, $"has no weights: neither {CheckpointFolder.SafetensorsName} nor pytorch_model.bin, whole or in shards with their index");
    }

    private IReadOnlyDictionary<string, StoredTensor> OpenFile(string path)
    {
        var file = SourceFile.Open(path);
        _files.Add(file);
        return SafetensorsFile.ReadTensors(file);
    }
}
