using System.Net;
using System.Net.Sockets;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Grains.Tests.Sqlite;

/// <summary>Silos and a client that know nothing of each other but a file.</summary>
public sealed class SqliteClusterTests : IDisposable
{
    private readonly ClusterFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Silos_MeetInTheFile_AndKeepStateAndRemindersThere()
    {
        using var first = Silo();
        using var second = Silo();
        await first.StartAsync();
        await second.StartAsync();
        using (var client = Client())
        {
            await client.StartAsync();
            var grains = client.Services.GetRequiredService<IClusterClient>();
            Assert.Equal(2, (await grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true)).Count);
            await grains.GetGrain<INoteGrain>("n").WriteAsync("kept");
            await client.StopAsync();
        }

        await first.StopAsync();
        await second.StopAsync();

        using var later = Silo();
        await later.StartAsync();
        var note = later.Services.GetRequiredService<IGrainFactory>().GetGrain<INoteGrain>("n");
        Assert.Equal("kept", await note.ReadAsync());
        Assert.Equal([NoteGrain.ReminderName], await note.RemindersAsync());
        await later.StopAsync();
    }

    private IHost Silo()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo.UseSqliteCluster(folder.Path)
            .Configure<Orleans.Configuration.ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("cluster", "service"))
            .ConfigureEndpoints(IPAddress.Loopback, FreePort(), FreePort()));
        return builder.Build();
    }

    private IHost Client()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client.UseSqliteClustering(folder.Path)
            .Configure<Orleans.Configuration.ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("cluster", "service")));
        return builder.Build();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>Keeps a text and a reminder.</summary>
public interface INoteGrain : IGrainWithStringKey
{
    Task WriteAsync(string text);

    Task<string> ReadAsync();

    Task<List<string>> RemindersAsync();
}

public sealed class NoteGrain([PersistentState("note", ClusterStorage.Name)] IPersistentState<List<string>> note) : Grain, INoteGrain, IRemindable
{
    public const string ReminderName = "look";

    public async Task WriteAsync(string text)
    {
        note.State = [text];
        await note.WriteStateAsync();
        await this.RegisterOrUpdateReminder(ReminderName, TimeSpan.FromHours(1), TimeSpan.FromHours(1));
    }

    public Task<string> ReadAsync() => Task.FromResult(note.State[0]);

    public async Task<List<string>> RemindersAsync() => [.. (await this.GetReminders()).Select(r => r.ReminderName)];

    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;
}
