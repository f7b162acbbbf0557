using CircuitGrid.Compute;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace CircuitGrid.Silo;

/// <summary>Where a cluster keeps results, members, reminders and the state of grains.</summary>
internal abstract class SiloStorage
{
    /// <exception cref="InvalidInputException">Neither a file nor an account is named.</exception>
    public static SiloStorage Of(SiloSettings settings)
    {
        if (settings.Store is { } file)
        {
            return new OneMachine(file);
        }

        throw new InvalidInputException("--store", "names no file");
    }

    /// <summary>Registers the store of results.</summary>
    public abstract void AddStore(IServiceCollection services);

    /// <summary>Registers what Orleans needs.</summary>
    public abstract void AddOrleans(ISiloBuilder silo);

    /// <summary>A file of results, and a file beside it for Orleans.</summary>
    private sealed class OneMachine(string file) : SiloStorage
    {
        public override void AddStore(IServiceCollection services) => services.AddSingleton<ICellStore>(_ => SqliteCellStore.Open(file));

        public override void AddOrleans(ISiloBuilder silo) => silo.UseSqliteCluster(Path.ChangeExtension(file, ".cluster.sqlite"));
    }
}
