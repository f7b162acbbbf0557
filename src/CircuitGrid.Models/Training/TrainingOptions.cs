using System.Collections.Immutable;

namespace CircuitGrid.Models.Training;

/// <summary>How a model is trained: AdamW with a linear warm-up and a cosine decay. The defaults are the nano suite's.</summary>
public sealed record TrainingOptions
{
    /// <summary>Number of optimiser steps.</summary>
    public required int Steps { get; init; }

    /// <summary>The highest learning rate, reached after <see cref="WarmupSteps"/>.</summary>
    public required double PeakLearningRate { get; init; }

    /// <summary>Rows of a batch; tokens per step are this times the row's length.</summary>
    public int BatchRows { get; init; } = 16;

    public int WarmupSteps { get; init; } = 100;

    /// <summary>The last step's learning rate as a share of the highest.</summary>
    public double FinalShare { get; init; } = 0.1;

    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.95;

    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled decay of matrices.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Gradients of a larger norm are scaled down to it.</summary>
    public double ClipNorm { get; init; } = 1.0;

    /// <summary>Of the initial weights.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Steps after which the weights are kept, ascending; 0 is the start.</summary>
    public ImmutableArray<int> CheckpointSteps { get; init; } = [];

    /// <summary>The state that a stopped run resumes from is written every so many steps.</summary>
    public int StateInterval { get; init; } = 100;

    /// <summary>The rate of the update that follows <paramref name="step"/> completed steps.</summary>
    public double LearningRate(int step)
    {
        if (step < WarmupSteps)
        {
            return PeakLearningRate * (step + 1) / WarmupSteps;
        }

        var progress = (double)(step - WarmupSteps) / Math.Max(1, Steps - WarmupSteps);
        return PeakLearningRate * (FinalShare + ((1 - FinalShare) * 0.5 * (1 + Math.Cos(Math.PI * progress))));
    }
}

/// <summary>Where a training run stands.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Steps">All steps.</param>
/// <param name="Loss">Mean cross-entropy of the last batch, in nats a token.</param>
/// <param name="TokensPerSecond">Since the run was started or resumed.</param>
/// <param name="TimeLeft">At that speed.</param>
public sealed record TrainingProgress(string Model, int Step, int Steps, double Loss, double TokensPerSecond, TimeSpan TimeLeft);
