using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Models.Training;

/// <summary>
/// Trains one GPT-NeoX model from scratch. The same device, model, options and rows give the same bytes, whether or not the run was
/// stopped and resumed in between. Step s reads rows s·B … (s+1)·B − 1, each once, so that a resumed run needs no random state.
/// </summary>
/// <param name="device">Where it is trained.</param>
/// <param name="name">The model's name, for progress and errors.</param>
/// <param name="config">The model.</param>
/// <param name="options">How.</param>
/// <param name="rows">The text: at least steps × batch rows.</param>
public sealed class Trainer(IDevice device, string name, ModelConfig config, TrainingOptions options, PackedRows rows)
{
    private readonly byte[] fingerprint = SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{device.Numerics}\n{name}\n{config}\n{options with { CheckpointSteps = [], StateInterval = 0 }}\n{rows.Digest}"));

    /// <summary>SHA-256 of everything that determines the run's bytes, in hexadecimal.</summary>
    public string Fingerprint => Convert.ToHexStringLower(fingerprint);

    /// <summary>Trains to the end, or on from the state in <paramref name="statePath"/> if there is one.</summary>
    /// <param name="statePath">Where the state is kept while the run isn't finished; deleted at the end.</param>
    /// <param name="checkpoint">Called with the completed steps and the parameters at every step of <see cref="TrainingOptions.CheckpointSteps"/>; after a resumption maybe once more for a step it has seen, with the same values.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellation">Stops the run after the step at work; its state is written first.</param>
    /// <returns>The loss of every step.</returns>
    /// <exception cref="InvalidInputException">The state file can't be used, or the loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    /// <exception cref="InvalidOperationException">There are too few rows.</exception>
    public ImmutableArray<float> Run(string statePath, Action<int, ParameterStore> checkpoint, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (rows.Count < (long)options.Steps * options.BatchRows)
        {
            throw new InvalidOperationException($"{options.Steps} steps of {options.BatchRows} rows need more than {rows.Count} rows.");
        }

        using var parameters = new ParameterStore(device, config);
        using var pass = new TrainingPass(device, config, parameters, new Sequences(Enumerable.Repeat(rows.Length, options.BatchRows)));
        var losses = Start(statePath, parameters);
        var first = losses.Count;
        var clock = Stopwatch.StartNew();
        for (var step = first; ; step++)
        {
            if (options.CheckpointSteps.Contains(step))
            {
                checkpoint(step, parameters);
            }

            if (step == options.Steps)
            {
                File.Delete(statePath);
                return [.. losses];
            }

            if (cancellation.IsCancellationRequested)
            {
                Save(statePath, parameters, losses);
                cancellation.ThrowIfCancellationRequested();
            }

            if (step > first && step % options.StateInterval == 0)
            {
                Save(statePath, parameters, losses);
            }

            losses.Add((float)Update(pass, parameters, step));
            progress?.Report(Progress(step + 1, step + 1 - first, losses[^1], clock.Elapsed));
        }
    }

    private double Update(TrainingPass pass, ParameterStore parameters, int step)
    {
        var firstRow = step * options.BatchRows;
        var loss = pass.LossAndGradients(rows.Tokens(firstRow, options.BatchRows), rows.Targets(firstRow, options.BatchRows));
        var norm = Math.Sqrt(device.SquaredNorm(parameters.Gradients));
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            throw new InvalidInputException($"{name} at step {step}", "the loss or its gradient is no longer a number; train with a lower learning rate");
        }

        parameters.Step(new AdamWStep(
            norm > options.ClipNorm ? options.ClipNorm / norm : 1,
            options.LearningRate(step),
            options.Beta1,
            options.Beta2,
            options.Epsilon,
            options.WeightDecay,
            step + 1));
        return loss;
    }

    private List<float> Start(string statePath, ParameterStore parameters)
    {
        if (!File.Exists(statePath))
        {
            parameters.Initialize(config, options.Seed);
            return new List<float>(options.Steps);
        }

        var state = TrainingState.Read(statePath, fingerprint, parameters.Length, options.Steps);
        device.Upload(parameters.Values, state.Values);
        device.Upload(parameters.FirstMoments, state.FirstMoments);
        device.Upload(parameters.SecondMoments, state.SecondMoments);
        return [.. state.Losses];
    }

    private void Save(string statePath, ParameterStore parameters, List<float> losses)
    {
        var state = new TrainingState
        {
            Losses = [.. losses],
            Values = new float[parameters.Length],
            FirstMoments = new float[parameters.Length],
            SecondMoments = new float[parameters.Length],
        };
        device.Download(parameters.Values, state.Values);
        device.Download(parameters.FirstMoments, state.FirstMoments);
        device.Download(parameters.SecondMoments, state.SecondMoments);
        state.Write(statePath, fingerprint);
    }

    private TrainingProgress Progress(int step, int done, double loss, TimeSpan elapsed)
    {
        var perSecond = done / Math.Max(elapsed.TotalSeconds, 1e-9);
        return new TrainingProgress(
            name, step, options.Steps, loss, perSecond * options.BatchRows * rows.Length, TimeSpan.FromSeconds((options.Steps - step) / perSecond));
    }
}
