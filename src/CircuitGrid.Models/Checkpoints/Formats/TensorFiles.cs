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

    /// <summary>The file that holds the weights, or the index of their shards.</summary>
    public string WeightsPath { get; private set; } = "";

    /// <summary>The tensors, by where they stand together; those of shards are one group.</summary>
    public IReadOnlyList<TensorGroup> Groups { get; private set; } = [];

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
            files.Groups = files.OpenAll(folder);
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

    private IReadOnlyList<TensorGroup> OpenAll(string folder)
    {
        foreach (var name in new[] { CheckpointFolder.SafetensorsName, CheckpointFolder.TorchName })
        {
            WeightsPath = Path.Combine(folder, name);
            if (File.Exists(WeightsPath))
            {
                return OpenFile(WeightsPath);
            }

            WeightsPath += CheckpointFolder.IndexSuffix;
            if (File.Exists(WeightsPath))
            {
                return [OpenShards(folder, WeightsPath)];
            }
        }

        throw new InvalidInputException(folder, $"has no weights: neither {CheckpointFolder.SafetensorsName} nor {CheckpointFolder.TorchName}, whole or in shards with their index");
    }

    private TensorGroup OpenShards(string folder, string index)
    {
        var all = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (shard, names) in ShardIndex.Read(index))
        {
            var path = Path.Combine(folder, shard);
            var groups = OpenFile(path);
            var tensors = (groups.FirstOrDefault(group => names.All(group.Tensors.ContainsKey)) ?? groups[0]).Tensors;
            foreach (var name in names)
            {
                all.Add(name, tensors.GetValueOrDefault(name) ?? throw new InvalidInputException($"{path}: tensor {Text.OneLine(name)}", $"isn't in this shard although {Path.GetFileName(index)} says so"));
            }
        }

        return TensorGroup.Top(all);
    }

    private IReadOnlyList<TensorGroup> OpenFile(string path)
    {
        var file = SourceFile.Open(path);
        _files.Add(file);
        if (IsGitPointer(file))
        {
            throw new InvalidInputException(path, "is a Git LFS pointer instead of the file itself; fetch it with git lfs pull");
        }

        return path.EndsWith(SafetensorsExtension, StringComparison.Ordinal) ? [TensorGroup.Top(SafetensorsFile.ReadTensors(file))] : TorchFile.ReadTensors(file);
    }

    private static bool IsGitPointer(SourceFile file)
    {
        var start = "version https://git-lfs"u8;
        Span<byte> bytes = stackalloc byte[(int)Math.Min(file.Length, start.Length)];
        file.ReadExactly(0, bytes);
        return bytes.SequenceEqual(start);
    }
}
