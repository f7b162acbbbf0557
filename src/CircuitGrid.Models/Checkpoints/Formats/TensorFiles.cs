using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints.Formats.Torch;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>The open weight files of a checkpoint folder and the tensors in them.</summary>
internal sealed class TensorFiles : IDisposable
{
    private const string SafetensorsExtension = ".safetensors";

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
        foreach (var name in new[] { CheckpointFolder.SafetensorsName, CheckpointFolder.TorchName })
        {
            var path = Path.Combine(folder, name);
            if (File.Exists(path))
            {
                return OpenFile(path);
            }

            var index = path + CheckpointFolder.IndexSuffix;
            if (File.Exists(index))
            {
                return OpenShards(folder, index);
            }
        }

        throw new InvalidInputException(folder, $"has no weights: neither {CheckpointFolder.SafetensorsName} nor {CheckpointFolder.TorchName}, whole or in shards with their index");
    }

    private Dictionary<string, StoredTensor> OpenShards(string folder, string index)
    {
        var all = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (shard, names) in ShardIndex.Read(index))
        {
            var path = Path.Combine(folder, shard);
            var tensors = OpenFile(path);
            foreach (var name in names)
            {
                all.Add(name, tensors.GetValueOrDefault(name) ?? throw new InvalidInputException($"{path}: tensor {Text.OneLine(name)}", $"isn't in this shard although {Path.GetFileName(index)} says so"));
            }
        }

        return all;
    }

    private IReadOnlyDictionary<string, StoredTensor> OpenFile(string path)
    {
        var file = SourceFile.Open(path);
        _files.Add(file);
        if (IsGitPointer(file))
        {
            throw new InvalidInputException(path, "is a Git LFS pointer instead of the file itself; fetch it with git lfs pull");
        }

        return path.EndsWith(SafetensorsExtension, StringComparison.Ordinal) ? SafetensorsFile.ReadTensors(file) : TorchFile.ReadTensors(file);
    }

    private static bool IsGitPointer(SourceFile file)
    {
        var start = "version https://git-lfs"u8;
        Span<byte> bytes = stackalloc byte[(int)Math.Min(file.Length, start.Length)];
        file.ReadExactly(0, bytes);
        return bytes.SequenceEqual(start);
    }
}
