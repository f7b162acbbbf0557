using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Formats;

namespace CircuitGrid.Models.Hub;

/// <summary>What is known of a checkpoint on the hub before its weights are fetched: its files with their digests, and which of them are its weights.</summary>
/// <param name="Snapshot">The checkpoint.</param>
/// <param name="Tree">The files of its commit.</param>
public sealed record HubCheckpoint(HubSnapshot Snapshot, HubTree Tree)
{
    /// <summary>The kinds of weight file that it has, in the order in which one is chosen (<see cref="CheckpointFolder.WeightKinds"/>).</summary>
    public ImmutableArray<WeightKind> Kinds { get; } = [.. Enum.GetValues<WeightKind>().Where(kind => Snapshot.Find(Tree, kind.FileName()) is not null)];

    /// <summary>Digests of the weight files of <c>main</c>, where this is another commit: a whole file of these is the last model's, left over from a conversion.</summary>
    public ImmutableHashSet<string> OfMain { get; init; } = [];

    /// <summary>
    /// The kind that is read: shards before a whole file, and of two whole files safetensors, unless it is that of <c>main</c> and the other one isn't.
    /// </summary>
    /// <exception cref="InvalidInputException">It has none.</exception>
    public WeightKind Kind => Kinds switch
    {
        [] => throw new InvalidInputException(Snapshot.Address, $"has no weights that can be read: neither {CheckpointFolder.SafetensorsName} nor {CheckpointFolder.TorchName}, whole or in shards with their index"),
        [WeightKind.Safetensors, WeightKind.Torch] when IsOfMain(WeightKind.Safetensors) && !IsOfMain(WeightKind.Torch) => WeightKind.Torch,
        [var first, ..] => first,
    };

    /// <summary>The files that hold a kind's elements, in the order of their names; those of shards are what the index names, which must be here.</summary>
    /// <exception cref="InvalidInputException">The index can't be read, or the repository lacks one of them.</exception>
    public ImmutableArray<HubFile> FilesOf(WeightKind kind)
    {
        var first = Snapshot.Find(Tree, kind.FileName()) ?? throw new InvalidInputException(Snapshot.Address, $"has no {kind.FileName()}");
        return !kind.IsSharded()
            ? [first]
            : [.. ShardIndex.Read(Snapshot.PathOf(first)).Select(part => Snapshot.Find(Tree, part.Shard)
                ?? throw new InvalidInputException($"{Snapshot.Address}: {kind.FileName()}", $"names {part.Shard}, which the repository doesn't have at this commit"))];
    }

    /// <summary>Bytes of a kind's files.</summary>
    /// <exception cref="InvalidInputException">The index can't be read, or the repository lacks one of them.</exception>
    public long BytesOf(WeightKind kind) => FilesOf(kind).Sum(file => file.Size);

    /// <summary>
    /// What equal files have equal, whatever their repository and commit: the SHA-256 over names and digests of a kind's files and of the configuration.
    /// </summary>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="InvalidInputException">The index can't be read, or the repository lacks one of them.</exception>
    public string ContentOf(WeightKind kind) => Hash([.. FilesOf(kind), .. Snapshot.Find(Tree, CheckpointFolder.ConfigName) is { } config ? (HubFile[])[config] : []]);

    /// <summary>The same over the weights alone.</summary>
    /// <exception cref="InvalidInputException">The index can't be read, or the repository lacks one of them.</exception>
    public string WeightsOf(WeightKind kind) => Hash(FilesOf(kind));

    /// <summary>The files, as others of this program name them.</summary>
    /// <exception cref="InvalidInputException">The index can't be read, or the repository lacks one of them.</exception>
    public CheckpointFiles Files(WeightKind kind) => new(Snapshot.Folder, kind, ContentOf(kind));

    /// <summary>
    /// Holds the headers of a kind's safetensors files, which must be here, against the configuration as opening the checkpoint will: every tensor's name, shape
    /// and type. Files of torch are looked at when they are opened.
    /// </summary>
    /// <returns>The types that elements are stored in, in the order of their names; none for files of torch.</returns>
    /// <exception cref="InvalidInputException">A header can't be read, or doesn't fit.</exception>
    public ImmutableArray<string> CheckHeaders(ModelConfig config, WeightKind kind)
    {
        if (kind is WeightKind.Torch or WeightKind.TorchShards)
        {
            return [];
        }

        var files = FilesOf(kind).ToDictionary(file => file.Name, file => (Snapshot.Repository.Header(file.Digest), file.Size), StringComparer.Ordinal);
        try
        {
            using var headers = TensorFiles.OpenHeaders(Snapshot.Folder, kind, files);
            var tensors = TensorMatcher.Match(headers.WeightsPath, config, headers.Groups, hasElements: false);
            return [.. tensors.Values.Select(tensor => tensor.Kind.ToString().ToUpperInvariant()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        }
        catch (InvalidInputException e) when (files.FirstOrDefault(file => e.Input.StartsWith(file.Value.Item1, StringComparison.Ordinal)) is { Key: { } name } file)
        {
            // the file is what people know, not where its header is kept
            throw new InvalidInputException($"{Snapshot.Address}: {name}{e.Input[file.Value.Item1.Length..]}", e.Reason, e);
        }
    }

    /// <summary>Which whole files are those of <c>main</c> and aren't read, for people, to go on after a sentence; empty where none is.</summary>
    public string KindsOfMain
    {
        get
        {
            string[] names = [.. Kinds.Where(k => k != Kind && !k.IsSharded() && IsOfMain(k)).Select(k => k.FileName())];
            return names.Length == 0 ? "" : $"; {string.Join(" and ", names)} is that of main";
        }
    }

    private bool IsOfMain(WeightKind kind) => Snapshot.Find(Tree, kind.FileName()) is { } file && OfMain.Contains(file.Digest);

    private static string Hash(IEnumerable<HubFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("circuitgrid files 1\n"u8);
        foreach (var file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.Name}\0{file.Digest}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
