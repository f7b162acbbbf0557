using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints.Formats;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>The files of a checkpoint in Hugging Face's layout.</summary>
public static class CheckpointFolder
{
    public const string ConfigName = "config.json";

    public const string SafetensorsName = "model.safetensors";

    public const string TorchName = "pytorch_model.bin";

    /// <summary>What the name of a weight file that is cut into shards has at its end, on the index that lists them.</summary>
    public const string IndexSuffix = ".index.json";

    /// <summary>
    /// The kinds of weight file that a folder has, in the order in which one is chosen. Shards come first: where a whole file stands beside them it is often
    /// that of another step, left over from a conversion.
    /// </summary>
    /// <param name="folder">The folder.</param>
    public static ImmutableArray<WeightKind> WeightKinds(string folder) =>
        [.. Enum.GetValues<WeightKind>().Where(kind => File.Exists(Path.Combine(folder, kind.FileName())))];

    /// <summary>
    /// Whether a folder holds a checkpoint whose files are all there and whole: the configuration is whole JSON, every safetensors file
    /// is as long as its header says, every <c>pytorch_model.bin</c> has its directory, or in torch's older form all its storages, and no shard
    /// is missing. What the configuration says isn't looked at, nor are tensors held against it: a checkpoint that is whole and wrong should be
    /// opened and its error be seen, not be waited for.
    /// </summary>
    /// <param name="folder">The folder, which need not exist.</param>
    /// <param name="reason">If not, what is missing, in one line.</param>
    /// <param name="kind">Which of its weights to look at where there are several; <see langword="null"/> for the first of <see cref="WeightKinds"/>.</param>
    /// <exception cref="OutOfBoundsException">Links lead out of the folder's <see cref="FolderBounds"/>: that isn't to be waited for either.</exception>
    public static bool IsComplete(string folder, [NotNullWhen(false)] out string? reason, WeightKind? kind = null)
    {
        try
        {
            if (!Directory.Exists(folder))
            {
                throw new InvalidInputException(folder, "doesn't exist");
            }

            RefuseForeign(folder);
            JsonInput.Read(Path.Combine(folder, ConfigName), ModelConfig.MaxFileBytes);
            TensorFiles.Open(folder, kind).Dispose();
            reason = null;
            return true;
        }
        catch (InvalidInputException e) when (e is not OutOfBoundsException)
        {
            reason = e.Message;
            return false;
        }
    }

    /// <summary>Reads what a checkpoint's JSON files say: its configuration, and the index of its weights where there is one.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="foreign">Which keys to ignore, and where to note what is passed over; <see langword="null"/> for none, and nowhere.</param>
    /// <param name="kind">Which of its weights are meant where there are several; <see langword="null"/> for the first of <see cref="WeightKinds"/>.</param>
    /// <exception cref="InvalidInputException">A file can't be read, or says what can't be.</exception>
    /// <exception cref="UnknownKeyException">A file has a key that may mean something and isn't known.</exception>
    public static ModelConfig ReadConfig(string folder, ForeignKeys? foreign = null, WeightKind? kind = null)
    {
        foreign ??= new();
        RefuseForeign(folder);
        var config = ModelConfig.Read(Path.Combine(folder, ConfigName), foreign);
        if (WeightKinds(folder) is [var first, ..] && (kind ?? first) is var chosen && chosen.IsSharded() && File.Exists(Path.Combine(folder, chosen.FileName())))
        {
            ShardIndex.Check(Path.Combine(folder, chosen.FileName()), foreign);
        }

        return config;
    }

    /// <summary>
    /// The tokens that a checkpoint's configuration names as <c>bos_token_id</c>, a number or a list of some; none where it is null or isn't there. They are no part of
    /// what a model computes.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InvalidInputException">The file can't be read, or what it names are no token ids.</exception>
    public static ImmutableArray<int> ReadBeginTokens(string folder)
    {
        const string Key = "bos_token_id";
        return JsonInput.Read(Path.Combine(folder, ConfigName), ModelConfig.MaxFileBytes).Find(Key) switch
        {
            null => [],
            { Kind: JsonValueKind.Array } list => [.. list.Items().Select(Id).Distinct()],
            var one => [Id(one)],
        };

        static int Id(JsonInput value) => (int)value.AsInteger(0, int.MaxValue);
    }

    /// <summary>Refuses a folder of another framework that has no configuration either: that this is missing isn't what is wrong with it.</summary>
    private static void RefuseForeign(string folder)
    {
        if (!File.Exists(Path.Combine(folder, ConfigName)) && ForeignWeights.Recognise(folder) is { } foreign)
        {
            throw new InvalidInputException(folder, $"has no {ConfigName}. {foreign.Text}");
        }
    }
}
