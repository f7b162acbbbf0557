using CircuitGrid.Grains.Hosting;
using Orleans.CodeGeneration;

namespace CircuitGrid.Grains.Experiments;

/// <summary>Which experiments there are. There is one such grain; see <see cref="ExperimentDirectoryGrain.Key"/>.</summary>
[Alias("circuitgrid.IExperimentDirectoryGrain"), Version(1)]
public interface IExperimentDirectoryGrain : IGrainWithStringKey
{
    /// <summary>Puts an experiment first; the one started longest ago goes where there are too many.</summary>
    [Alias("Add")]
    Task AddAsync(string id);

    /// <summary>All experiments, the latest first.</summary>
    [Alias("List")]
    Task<string[]> ListAsync();
}

/// <inheritdoc cref="IExperimentDirectoryGrain"/>
internal sealed class ExperimentDirectoryGrain(
    [PersistentState("directory", ClusterStorage.Name)] IPersistentState<ExperimentDirectoryState> state,
    StateKeeper keeper) : Grain, IExperimentDirectoryGrain
{
    public const string Key = "all";

    /// <summary>More names than anybody reads, and few enough for one entity of storage.</summary>
    private const int Most = 1000;

    public async Task AddAsync(string id)
    {
        if (state.State.Ids is [var first, ..] && string.Equals(first, id, StringComparison.Ordinal))
        {
            return;
        }

        state.State.Ids = [id, .. state.State.Ids.Where(i => !string.Equals(i, id, StringComparison.Ordinal)).Take(Most - 1)];
        await keeper.DoAsync(state.WriteStateAsync);
    }

    public Task<string[]> ListAsync() => Task.FromResult(state.State.Ids);
}

/// <summary>What the directory keeps.</summary>
[GenerateSerializer, Alias("circuitgrid.ExperimentDirectoryState")]
internal sealed class ExperimentDirectoryState
{
    [Id(0)]
    public string[] Ids { get; set; } = [];
}
