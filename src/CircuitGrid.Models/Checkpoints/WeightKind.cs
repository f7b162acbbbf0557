namespace CircuitGrid.Models.Checkpoints;

/// <summary>A kind of weight file in Hugging Face's layout, in the order in which one is chosen where a folder has several.</summary>
public enum WeightKind
{
    /// <summary>Safetensors files and their index, <c>model.safetensors.index.json</c>.</summary>
    SafetensorsShards,

    /// <summary>Files of torch and their index, <c>pytorch_model.bin.index.json</c>.</summary>
    TorchShards,

    /// <summary><c>model.safetensors</c>.</summary>
    Safetensors,

    /// <summary><c>pytorch_model.bin</c>.</summary>
    Torch,
}

/// <summary>Facts about <see cref="WeightKind"/>s.</summary>
public static class WeightKinds
{
    /// <summary>The file that holds the weights, or the index of their shards.</summary>
    public static string FileName(this WeightKind kind) => kind switch
    {
        WeightKind.SafetensorsShards => CheckpointFolder.SafetensorsName + CheckpointFolder.IndexSuffix,
        WeightKind.TorchShards => CheckpointFolder.TorchName + CheckpointFolder.IndexSuffix,
        WeightKind.Safetensors => CheckpointFolder.SafetensorsName,
        _ => CheckpointFolder.TorchName,
    };

    /// <summary>Whether it is shards and their index.</summary>
    public static bool IsSharded(this WeightKind kind) => kind is WeightKind.SafetensorsShards or WeightKind.TorchShards;
}
