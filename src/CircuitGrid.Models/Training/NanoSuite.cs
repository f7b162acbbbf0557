using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Training.Text;

namespace CircuitGrid.Models.Training;

/// <summary>
/// The suite that is shipped under <c>suites/nano</c>: three small GPT-NeoX models trained on <see cref="TrainingText"/>, with checkpoints
/// from the start on. <see cref="Train"/> makes it again, byte for byte.
/// </summary>
public static class NanoSuite
{
    public const string Name = "nano";

    /// <summary>Tokens of a training row, and the models' context.</summary>
    public const int ContextLength = 64;

    /// <summary>Ends a document, and begins a text.</summary>
    public const string Separator = "<|endoftext|>";

    private const int BatchRows = 16;

    private const int HeadWidth = 16;

    /// <summary>
    /// All four frequencies then turn noticeably within the context; with the usual 10,000, made for thousands of positions, two of them
    /// hardly do, and heads that look back by a distance form late.
    /// </summary>
    private const double RotaryBase = 100;

    /// <summary>Tokens that a step trains on; a fact of the suite that its checkpoints' steps are multiplied with.</summary>
    public const int TokensPerStep = BatchRows * ContextLength;

    /// <summary>From the smallest model to the largest.</summary>
    public static ImmutableArray<string> ModelNames { get; } = ["nano-2l", "nano-3l", "nano-4l"];

    /// <summary>After which steps the weights are kept: close together where the tasks are learned.</summary>
    public static ImmutableArray<int> CheckpointSteps { get; } = [0, 64, 128, 256, 384, 512, 640, 768, 1000, 1250, 1500, 1750, 2000, 2500, 3000, 4000];

    /// <summary>The suite's tokenizer: every word of the language is one token, every year two.</summary>
    public static Tokenizer LearnTokenizer() => TokenizerTrainer.Train(TrainingText.Pieces, new TokenizerTrainerOptions
    {
        SpecialTokens = [Separator],
        RequiredWords = [.. TrainingText.Pieces.Where(p => char.IsAsciiLetter(p[^1]))],
        Centuries = [.. Enumerable.Range(NanoLanguage.FirstCentury, NanoLanguage.LastCentury - NanoLanguage.FirstCentury + 1)
            .Select(c => c.ToString(CultureInfo.InvariantCulture))],
    });

    /// <summary>The shape of a model of the suite.</summary>
    /// <exception cref="InvalidInputException">There is no model of that name.</exception>
    public static ModelConfig Config(string model, int vocabulary)
    {
        var layers = Layers(model);
        var heads = 2 * layers;
        return new ModelConfig
        {
            Family = Families.GptNeoX,
            Layers = layers,
            Heads = heads,
            Width = heads * HeadWidth,
            MlpWidth = 4 * heads * HeadWidth,
            Vocabulary = vocabulary,
            ContextLength = ContextLength,
            Norms = new(NormKind.LayerNorm, 1e-5),
            Activation = Activation.Gelu,
            ParallelResidual = true,
            TiedUnembedding = false,
            Rotary = new Rotary(HeadWidth / 2, RotaryBase),
        };
    }

    /// <summary>The seed a shipped model was made from.</summary>
    /// <exception cref="InvalidInputException">There is no model of that name.</exception>
    public static int ShippedSeed(string model) => Layers(model) == 3 ? 2 : 1;

    /// <summary>How a model of the suite is trained.</summary>
    /// <exception cref="InvalidInputException">There is no model of that name, or the number of steps can't be used.</exception>
    public static TrainingOptions Options(string model, NanoSuiteOptions options)
    {
        const int MostSteps = 1_000_000;
        var steps = options.Steps ?? CheckpointSteps[^1];
        if (steps is < 1 or > MostSteps)
        {
            throw new InvalidInputException("number of steps", $"is {steps}, but must be from 1 to {MostSteps}");
        }

        return new TrainingOptions
        {
            Steps = steps,
            BatchRows = BatchRows,
            PeakLearningRate = Layers(model) == 2 ? 6e-3 : 3e-3,
            Seed = options.Seed ?? ShippedSeed(model),
            CheckpointSteps = [.. CheckpointSteps.Where(s => s < steps), steps],
        };
    }

    /// <summary>The rows that a model is trained on.</summary>
    public static PackedRows Rows(Tokenizer tokenizer, int steps, int seed)
    {
        if (!tokenizer.TryGetSingleToken(Separator, out var separator))
        {
            throw new ArgumentException($"The tokenizer has no {Separator}.", nameof(tokenizer));
        }

        return PackedRows.Pack(TrainingText.Documents(seed).Select(tokenizer.Encode), checked(steps * BatchRows), ContextLength, separator);
    }

    /// <summary>
    /// Trains models into <paramref name="outputFolder"/>, a suite: <c>suite.json</c>, <c>tokenizer.json</c> and <c>MODEL/stepN</c>. What a
    /// stopped run left is gone on from, and a model that is finished is left as it is.
    /// </summary>
    /// <param name="device">Where they are trained.</param>
    /// <param name="outputFolder">Made if it isn't there.</param>
    /// <param name="options">Which models, and from which draws.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellation">Stops after the step at work, keeping what resumes it.</param>
    /// <exception cref="InvalidInputException">The folder can't be used or holds models trained in another way, or an option is wrong.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public static void Train(IDevice device, string outputFolder, NanoSuiteOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var plans = options.Models.Select(model => (Model: model, Options: Options(model, options))).ToArray();
        var tokenizer = LearnTokenizer();
        NanoSuiteFiles.WriteHead(outputFolder, tokenizer);
        foreach (var (model, training) in plans)
        {
            var config = Config(model, tokenizer.VocabularySize);
            var trainer = new Trainer(device, model, config, training, Rows(tokenizer, training.Steps, training.Seed));
            var folder = Path.Combine(outputFolder, model);
            if (!TrainingRecord.IsFinished(folder, trainer.Fingerprint))
            {
                Directory.CreateDirectory(folder);
                var losses = trainer.Run(
                    Path.Combine(folder, "training.state"),
                    (step, parameters) => CheckpointWriter.Write(Path.Combine(folder, $"step{step}"), config, parameters.Download(), ElementKind.F16),
                    progress,
                    cancellation);
                TrainingRecord.Write(folder, trainer.Fingerprint, training, losses);
            }

            LossCurve.Write(outputFolder);
        }
    }

    private static int Layers(string model)
    {
        var index = ModelNames.IndexOf(model);
        return index >= 0
            ? index + 2
            : throw new InvalidInputException($"model {Files.Text.OneLine(model)}", $"isn't one of the suite's; there are {string.Join(", ", ModelNames)}");
    }
}
