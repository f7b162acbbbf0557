using System.CommandLine;
using CircuitGrid.Compute;
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

    public static Option<string> Pairs() => new("--pairs")
    {
        Description = "Examples, one JSON object a line: clean, corrupted, correct, incorrect, optional position. Or a CSV of the EAP-IG data sets.",
        HelpName = "FILE.jsonl",
        Required = true,
    };

    public static Option<MetricKind> Metric()
    {
        var option = NamedOption.Create("--metric", SpecNames.Metric, "What the task is measured by at the answer position.");
        option.Required = true;
        return option;
    }

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
        Description = "Most memory for weights and batches, e.g. 512MiB or 2GB. The result doesn't depend on it.",
        HelpName = "SIZE",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (ByteSize.TryParse(text, out var bytes))
            {
                return bytes;
            }

            result.AddError($"--memory {text}: expected a size such as 512MiB or 2GB");
            return null;
        },
    };
}
