using Orleans.CodeGeneration;

namespace CircuitGrid.Grains.Checkpoints;

/// <summary>A checkpoint, <c>suite/model@step</c>: where its weights are loaded, jobs for it are sent.</summary>
[Alias("circuitgrid.ICheckpointGrain"), Version(1)]
public interface ICheckpointGrain : IGrainWithStringKey
{
    /// <summary>Starts a job and returns at once. Starting it again is no different from starting it once.</summary>
    [Alias("Start")]
    Task<JobStart> StartAsync(CheckpointJob job);
}

/// <summary>What came of the wish to start a job.</summary>
public enum JobStart
{
    /// <summary>The silo that the lease is of has it.</summary>
    Started,

    /// <summary>The grain is on another silo, and moves to the one the lease is of: try again.</summary>
    Moving,

    /// <summary>The lease has lapsed, or the silo is going.</summary>
    Refused,
}
