using System.Diagnostics.CodeAnalysis;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints.Formats;

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
    /// Whether a folder holds a checkpoint whose files are all there and whole: the configuration parses, every safetensors file
    /// is as long as its header says, every <c>pytorch_model.bin</c> has its directory, or in torch's older form all its storages, and no shard
    /// is missing. It doesn't hold the tensors against the configuration: a checkpoint that is whole and wrong should be opened and its error be seen, not be waited for.
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

            ModelConfig.Read(Path.Combine(folder, ConfigName));
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
}
