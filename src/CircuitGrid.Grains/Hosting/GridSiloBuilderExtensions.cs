using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Placement;
using CircuitGrid.Grains.Silos;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration.Internal;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace CircuitGrid.Grains.Hosting;

/// <summary>Makes a silo one of the grid.</summary>
public static class GridSiloBuilderExtensions
{
    /// <summary>
    /// Adds the grid's grains and their services. The silo has to bring an <see cref="ICellStore"/>, an <see cref="ICellAnalyzer"/> and an
    /// <see cref="IExperimentSource"/>, clustering, reminders, and grain storage of the name <see cref="ClusterStorage.Name"/>.
    /// </summary>
    public static ISiloBuilder AddCircuitGrid(this ISiloBuilder silo, ClusterOptions options)
    {
        silo.UseSiloMetadata(DeviceNeed.Metadata(options.Numerics, options.Memory / 2, options.Slots));
        silo.AddPlacementDirector<OnNamedSilo, OnNamedSiloDirector>();
        silo.ConfigureServices(services =>
        {
            services.AddPlacementFilter<MatchDevice, MatchDeviceDirector>(ServiceLifetime.Transient);
            services.TryAddSingleton(TimeProvider.System);
            services.AddMetrics();
            services.AddSingleton(Options.Create(options));
            services.AddSingleton<GridMeter>();
            services.AddSingleton<ClusterSilos>();
            services.AddSingleton<StateKeeper>();
            services.AddSingleton<DeviceQueue>();
            services.AddFromExisting<ILifecycleParticipant<ISiloLifecycle>, DeviceQueue>();
            services.AddSingleton(s => new GridReader(
                s.GetRequiredService<ICellStore>(),
                s.GetRequiredService<ICellAnalyzer>(),
                s.GetRequiredService<IExperimentSource>(),
                new() { Program = options.Program, Time = s.GetRequiredService<TimeProvider>() }));
            services.AddSingleton<IExperimentHost, ClusterExperimentHost>();
        });
        return silo;
    }
}
