using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints.Formats.Torch;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>The open weight files of a checkpoint folder and the tensors in them.</summary>
internal sealed class TensorFiles : IDisposable
{
    private const string SafetensorsExtension = ".safetensors";

    private const int ShardsShown = 20;

    private readonly List<SourceFile> _files = [];

    private TensorFiles()
    {
    }

    /// <summary>The file that holds the weights, or the index of their shards.</summary>
    public string WeightsPath { get; private set; } = "";

    /// <summary>The tensors, by where they stand together; those of shards are one group.</summary>
    public IReadOnlyList<TensorGroup> Groups { get; private set; } = [];

    /// <summary>Opens a folder's weights.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="kind">Which of them; <see langword="null"/> for the first of <see cref="CheckpointFolder.WeightKinds"/>.</param>
    /// <exception cref="InvalidInputException">There are none, shards are missing, or a file isn't whole.</exception>
    public static TensorFiles Open(string folder, WeightKind? kind)
    {
        var files = new TensorFiles();
        try
        {
            files.Groups = files.OpenAll(folder, kind);
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Opens the headers of safetensors files whose elements aren't here.</summary>
    /// <param name="folder">The folder that the files belong into; the index of shards is there.</param>
    /// <param name="kind">Which weights; files of safetensors.</param>
    /// <param name="headers">For each file's name, where its header is and how many bytes the file has.</param>
    /// <exception cref="InvalidInputException">A header isn't there or doesn't fit the file, or the index names a file that has none.</exception>
    public static TensorFiles OpenHeaders(string folder, WeightKind kind, IReadOnlyDictionary<string, (string Header, long Length)> headers)
    {
        var files = new TensorFiles { WeightsPath = Path.Combine(folder, kind.FileName()) };
        try
        {
            files.Groups = kind.IsSharded() ? [Shards(folder, files.WeightsPath, ShardIndex.Read(files.WeightsPath), files.OpenHeader(headers))] : files.OpenHeader(headers)(files.WeightsPath);
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

    private IReadOnlyList<TensorGroup> OpenAll(string folder, WeightKind? kind)
    {
        var kinds = CheckpointFolder.WeightKinds(folder);
        if (kind is { } asked && !kinds.Contains(asked))
        {
            throw new InvalidInputException(folder, kinds.IsEmpty ? NoWeights(folder) : $"has no {asked.FileName()}; its weights are {Text.List(kinds.Select(other => other.FileName()), kinds.Length)}");
        }

        if (kinds.IsEmpty)
        {
            throw new InvalidInputException(folder, NoWeights(folder));
        }

        var chosen = kind ?? kinds[0];
        WeightsPath = Path.Combine(folder, chosen.FileName());
        return chosen.IsSharded() ? [OpenShards(folder, WeightsPath, kinds)] : OpenFile(WeightsPath);
    }

    private static string NoWeights(string folder) =>
        $"has no weights: neither {CheckpointFolder.SafetensorsName} nor {CheckpointFolder.TorchName}, whole or in shards with their index"
        + (ForeignWeights.Recognise(folder) is { } foreign ? $". {foreign.Text}" : "");

    private TensorGroup OpenShards(string folder, string index, ImmutableArray<WeightKind> kinds)
    {
        var shards = ShardIndex.Read(index);
        var missing = shards.Where(part => FileStatus.Of(Path.Combine(folder, part.Shard)) is null).Select(part => part.Shard).ToList();
        if (missing.Count > 0)
        {
            var whole = kinds.Where(kind => !kind.IsSharded()).Select(kind => kind.FileName()).ToList();
            throw new InvalidInputException(
                index,
                (missing.Count == 1 ? "names a shard that isn't there: " : $"names {shards.Count} shards, of which {missing.Count} aren't there: ")
                + Text.List(missing, ShardsShown)
                + (whole.Count > 0 ? $". {Text.List(whole, whole.Count)} beside it isn't read in their place; if that is the model, take the index away" : ""));
        }

        return Shards(folder, index, shards, OpenFile);
    }

    private static TensorGroup Shards(
        string folder, string index, IReadOnlyList<(string Shard, IReadOnlyList<string> Tensors)> shards, Func<string, IReadOnlyList<TensorGroup>> open)
    {
        var all = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (shard, names) in shards)
        {
            var path = Path.Combine(folder, shard);
            var groups = open(path);
            var tensors = (groups.FirstOrDefault(group => names.All(group.Tensors.ContainsKey)) ?? groups[0]).Tensors;
            foreach (var name in names)
            {
                all.Add(name, tensors.GetValueOrDefault(name) ?? throw new InvalidInputException($"{path}: tensor {Text.OneLine(name)}", $"isn't in this shard although {Path.GetFileName(index)} says so"));
            }
        }

        return TensorGroup.Top(all);
    }

    private Func<string, IReadOnlyList<TensorGroup>> OpenHeader(IReadOnlyDictionary<string, (string Header, long Length)> headers) => path =>
    {
        var (header, length) = headers[Path.GetFileName(path)];
        var file = SourceFile.Open(header);
        _files.Add(file);
        return [TensorGroup.Top(SafetensorsFile.ReadTensors(file, path, length))];
    };

    private IReadOnlyList<TensorGroup> OpenFile(string path)
    {
        var file = SourceFile.Open(path);
        _files.Add(file);
        Span<byte> start = stackalloc byte[(int)Math.Min(file.Length, GitPointer.Length)];
        file.ReadExactly(0, start);
        GitPointer.Refuse(path, start);
        return path.EndsWith(SafetensorsExtension, StringComparison.Ordinal) ? [TensorGroup.Top(SafetensorsFile.ReadTensors(file))] : TorchFile.ReadTensors(file);
    }
}
