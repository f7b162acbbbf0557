using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>The files in the folder of that name: a GPT-NeoX model of the sizes of <see cref="ModelSamples"/>, as torch saves it. The scripts beside them say how they were made.</summary>
internal static class TorchFiles
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Checkpoints", "TorchFiles", name);

    /// <summary>Makes a folder a checkpoint with one of the files as its weights.</summary>
    public static void Use(TemporaryFolder folder, string name)
    {
        UseConfig(folder);
        File.Copy(PathOf(name), folder["pytorch_model.bin"]);
    }

    /// <summary>Writes the configuration of the files' model.</summary>
    public static void UseConfig(TemporaryFolder folder)
    {
        using var config = File.Create(folder["config.json"]);
        ModelSamples.GptNeoX.Write(config, ElementKind.F16);
    }

    /// <summary>The elements that the scripts' formula gives a tensor, as a type stores them.</summary>
    public static float[] Elements(TensorSpec spec, ElementKind kind)
    {
        var offset = spec.Name.Sum(c => c);
        var exact = Enumerable.Range(0, (int)spec.Length).Select(i => ((((37 * i) + offset) % 257) - 128) / 64f);

        // Seven bits of fraction can't hold all of ±2 in steps of 1/64; torch rounds to nearest even, as bfloat16 is defined.
        return [.. kind == ElementKind.BF16 ? exact.Select(RoundToBFloat16) : exact];
    }

    private static float RoundToBFloat16(float value)
    {
        var scale = MathF.ScaleB(1, MathF.ILogB(value) - 7);
        return value == 0 ? 0 : MathF.Round(value / scale, MidpointRounding.ToEven) * scale;
    }
}
