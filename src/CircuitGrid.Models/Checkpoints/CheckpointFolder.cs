namespace CircuitGrid.Models.Checkpoints;

/// <summary>The files of a checkpoint in Hugging Face's layout.</summary>
public static class CheckpointFolder
{
    public const string ConfigName = "config.json";

    public const string SafetensorsName = "model.safetensors";
}
