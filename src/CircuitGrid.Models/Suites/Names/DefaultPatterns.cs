using System.Collections.Immutable;

namespace CircuitGrid.Models.Suites.Names;

/// <summary>
/// The names that checkpoints have where nobody gives a pattern: those of public suites and of what trainings write. The first that fits is taken.
/// </summary>
public static class DefaultPatterns
{
    /// <summary>What messages show of the names that are understood.</summary>
    public const string Examples = "step1000, checkpoint-500, global_step1000, step-001000-2BT, stage1-step1000-tokens3B, iter_0001000, epoch_3";

    private const string Stage = "(?<stage>(stage|phase)[0-9]+|longctx|extension)[-_]";
    private const string Tokens = "(?<tokens>[0-9]+([.][0-9]+)?)(?<unit>[KMBGT])T?";

    /// <summary>All of them.</summary>
    public static ImmutableArray<NamePattern> All { get; } =
    [
        .. new[]
        {
            // Pythia, OLMo, Olmo 3, SmolLM, DataDecide, FineWeb's ablations, Apertus, Lucie, BLOOM, DeepSpeed's folders in Hugging Face's layout
            $"({Stage})?((?<branch>ingredient[0-9]+)[-_])?(global_?)?step[-_]?(?<step>[0-9]+)([-_](tokens)?{Tokens})?(-seed-(?<seed>[A-Za-z0-9-]+?))?(-hf)?",

            // Hugging Face's Trainer, Mistral GPT-2
            "checkpoint[-_](?<step>[0-9]+)",

            // CrystalCoder
            "([A-Za-z0-9]+_)?(?<stage>phase[0-9]+)_checkpoint_(?<step>[0-9]+)",

            // Amber
            "ckpt[-_](?<step>[0-9]+)",

            // Megatron's numbers on folders in Hugging Face's layout, OpenEuroLLM
            "iter[-_](?<step>[0-9]+)(-hf)?",
            "epoch[-_]?(?<epoch>[0-9]+)",

            // FuxiTranyu
            Tokens,

            // Tri
            "(?<step>[0-9]{4,})",

            // TinyLlama: one repository a checkpoint
            "(?<model>.+?)-(intermediate-)?step-(?<step>[0-9]+k)-(token-)?(?<tokens>[0-9]+([.][0-9]+)?)(?<unit>[BT])",
        }.Select(text => NamePattern.Parse(text, nameof(DefaultPatterns))),
    ];

    /// <summary>What a name says by the first pattern that it fits; <see langword="null"/> without one.</summary>
    public static NameReading? Read(string name) => All.Select(p => p.Read(name)).FirstOrDefault(r => r is not null);
}
