using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Experiments;
using CircuitGrid.Grains.Placement;
using CircuitGrid.Grains.Silos;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Configuration.Internal;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace CircuitGrid.Grains.Hosting;

/// <summary>Makes a silo one of the grid.</summary>
public static class GridSiloBuilderExtensions
{
    /// <summary>
    /// Adds the grid's grains and their services. The silo has to bring devices in its options, an <see cref="ICellStore"/> and an
    /// <see cref="IExperimentSource"/>, clustering, reminders, and grain storage of the name <see cref="ClusterStorage.Name"/>.
    /// </summary>
    /// <exception cref="InvalidInputException">There is no device, or devices differ in their numerics.</exception>
    public static ISiloBuilder AddCircuitGrid(this ISiloBuilder silo, ClusterOptions options)
    {
        RequireOneNumerics(options.Devices);
        silo.UseSiloMetadata(DeviceNeed.Metadata(options.Devices));
        silo.AddPlacementDirector<OnNamedSilo, OnNamedSiloDirector>();
        silo.Configure<ClusterMembershipOptions>(Liveness.Configure);
        silo.ConfigureServices(services =>
        {
            services.AddPlacementFilter<MatchDevice, MatchDeviceDirector>(ServiceLifetime.Transient);
            services.TryAddSingleton(TimeProvider.System);
            services.AddMetrics();
            services.AddSingleton(Options.Create(options));
            services.AddSingleton<GridMeter>();
            services.AddSingleton<ClusterSilos>();
            services.AddSingleton<StateKeeper>();
            services.AddSingleton<FolderSightings>();
            services.AddSingleton<FetchedWeights>();
            services.AddSingleton<DeviceQueue>();
            services.AddFromExisting<ILifecycleParticipant<ISiloLifecycle>, DeviceQueue>();
            services.AddSingleton(s => new SiloDrain(s.GetRequiredService<DeviceQueue>()));
            services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, ExperimentWaker>();
            services.AddSingleton(s => new GridReaders(
                s.GetRequiredService<ICellStore>(),
                options.Devices[0].Analyzer,
                s.GetRequiredService<IExperimentSource>(),
                new() { Program = options.Program, Time = s.GetRequiredService<TimeProvider>() })
            {
                Lend = s.GetRequiredService<DeviceQueue>().LendAsync,
            });
            services.AddSingleton<IExperimentHost, ClusterExperimentHost>();
        });
        return silo;
    }

    private static void RequireOneNumerics(IReadOnlyList<SiloDevice> devices)
    {
        if (devices.Count == 0)
        {
            throw new InvalidInputException("silo", "has no device to compute with");
        }

        if (devices.FirstOrDefault(d => !string.Equals(d.Analyzer.Numerics, devices[0].Analyzer.Numerics, StringComparison.Ordinal)) is { } other)
        {
            throw new InvalidInputException(
                $"devices {string.Join(',', devices.Select(d => d.Name))}",
                $"compute with {devices[0].Analyzer.Numerics} and {other.Analyzer.Numerics}; a silo has one numerics: start one for each");
        }
    }
}
