using System.Diagnostics.CodeAnalysis;
using CircuitGrid.Compute;
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
    /// Whether a folder holds a checkpoint whose files are all there and whole: the configuration is whole JSON, every safetensors file
    /// is as long as its header says, every <c>pytorch_model.bin</c> has its directory, or in torch's older form all its storages, and no shard
    /// is missing. What the configuration says isn't looked at: a checkpoint that is whole and wrong should be opened and its error be seen, not be waited for.
    /// </summary>
    /// <param name="folder">The folder, which need not exist.</param>
    /// <param name="reason">If not, what is missing, in one line.</param>
    public static bool IsComplete(string folder, [NotNullWhen(false)] out string? reason)
    {
        try
        {
            if (!Directory.Exists(folder))
            {
                throw new InvalidInputException(folder, "doesn't exist");
            }

            JsonInput.Read(Path.Combine(folder, ConfigName), ModelConfig.MaxFileBytes);
            TensorFiles.Open(folder).Dispose();
            reason = null;
            return true;
        }
        catch (InvalidInputException e)
        {
            reason = e.Message;
            return false;
        }
    }

    /// <summary>Reads what a checkpoint's JSON files say: its configuration, and the index of its weights where there is one.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="foreign">Which keys to ignore, and where to note what is passed over; <see langword="null"/> for none, and nowhere.</param>
    /// <exception cref="InvalidInputException">A file can't be read, or says what can't be.</exception>
    /// <exception cref="UnknownKeyException">A file has a key that may mean something and isn't known.</exception>
    public static ModelConfig ReadConfig(string folder, ForeignKeys? foreign = null)
    {
        foreign ??= new();
        var config = ModelConfig.Read(Path.Combine(folder, ConfigName), foreign);
        // The first that is there is what the weights are read from.
        var weights = new[] { SafetensorsName, SafetensorsName + IndexSuffix, TorchName, TorchName + IndexSuffix }.FirstOrDefault(name => File.Exists(Path.Combine(folder, name)));
        if (weights is not null && weights.EndsWith(IndexSuffix, StringComparison.Ordinal))
        {
            ShardIndex.Check(Path.Combine(folder, weights), foreign);
        }

        return config;
    }
}
