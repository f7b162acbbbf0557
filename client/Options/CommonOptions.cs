using System.CommandLine;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Client.Options;

/// <summary>Options that several commands share, so that they are called and explained alike everywhere.</summary>
internal static class CommonOptions
{
    public static Option<string> Model() => new("--model")
    {
        Description = "Checkpoint folder: config.json with model.safetensors or pytorch_model.bin.",
        HelpName = "DIR",
        Required = true,
    };

    public static Option<int?> Threads() =>
        NumberOption.Optional("--threads", "N", "Threads to compute with; all cores by default. The result doesn't depend on it.", least: 1, most: 1024);

    public static Option<string?> Device() => new("--device")
    {
        Description = "What computes: cpu; in circuitgrid-gpu also torch-cpu, cuda:N or auto. Default: cpu.",
        HelpName = "NAME",
    };

    public static Option<WeightPrecision> Precision() => NamedOption.Create(
        "--precision",
        SpecNames.Precision,
        "In what weights are held and multiplied; the processor's own kernels know float32 alone.",
        WeightPrecision.Float32);

    public static Option<long?> Memory() => new("--memory")
    {
        Description = "Most memory for weights and batches, e.g. 512MiB or 2GB; at least 1MiB. The result doesn't depend on it.",
        HelpName = "SIZE",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (MemoryLimit.TryParse(text, out var bytes, out var expected))
            {
                return bytes;
            }

            result.AddError($"--memory {text}: expected {expected}");
            return null;
        },
    };
}
