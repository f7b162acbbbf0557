using System.Collections.Concurrent;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Hub.Lists;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Hub.Tests.Hubs;
using CircuitGrid.Models.Checkpoints;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Hub.Tests.Lists;

/// <summary>Lists of URLs over a server of plain files, which is ASP.NET's own.</summary>
public sealed class UrlSuitesTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly ConcurrentQueue<(string Path, string? Range, bool HasToken)> requests = new();
    private WebApplication server = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(folder["files"]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.Use(next => context =>
        {
            requests.Enqueue((context.Request.Path.Value!, context.Request.Headers.Range.ToString() is { Length: > 0 } range ? range : null, context.Request.Headers.ContainsKey("Authorization")));
            return next(context);
        });
        server.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(folder["files"]), ServeUnknownFileTypes = true });
        await server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Look_AtAFolder_NeedsNoWeights()
    {
        Write("run/step0", weights: 200_000);
        Write("run/step1000", weights: 200_000);
        var (suites, experiment) = Open("run/step0/", "run/step1000/");
        var suite = await suites.OpenAsync(experiment, CancellationToken.None);
        Assert.Equal(("list", "list"), (suite.Name, suite.Models.Single().Name));
        Assert.Equal([0, 1000], suite.Models[0].Steps);

        var checkpoint = await suites.LookAsync(suite.Models[0], suite.Models[0].At(1000), CancellationToken.None);
        Assert.Equal(WeightKind.Safetensors, checkpoint.Kind);
        var file = Assert.Single(checkpoint.FilesOf(checkpoint.Kind));
        Assert.Equal(8 + 2 + 200_000, file.Size);
        Assert.False(suites.IsHere(checkpoint.Snapshot, file));
        Assert.True(File.Exists(Path.Combine(checkpoint.Snapshot.Folder, "config.json")));
        Assert.True(File.Exists(checkpoint.Snapshot.Repository.Header(file.Digest)));
        Assert.All(requests.Where(r => r.Path.EndsWith(".safetensors", StringComparison.Ordinal)), r => Assert.NotNull(r.Range));

        await suites.FetchAsync(checkpoint.Snapshot, file, received: null, CancellationToken.None);
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["files"], "run", "step1000", "model.safetensors")), File.ReadAllBytes(checkpoint.Snapshot.PathOf(file)));
        Assert.True(suites.IsHere(checkpoint.Snapshot, file));
        Assert.DoesNotContain(requests, r => r.HasToken);
    }

    /// <summary>Another file in its place has another tag, and counts as another.</summary>
    [Fact]
    public async Task Look_AtAFileThatWasReplaced_IsAnotherFile()
    {
        Write("run/step0", weights: 1000);
        var (suites, experiment) = Open("run/step0/");
        var suite = await suites.OpenAsync(experiment, CancellationToken.None);
        var before = await suites.LookAsync(suite.Models[0], suite.Models[0].At(0), CancellationToken.None);
        await suites.FetchAsync(before.Snapshot, before.FilesOf(before.Kind)[0], received: null, CancellationToken.None);

        Write("run/step0", weights: 1000, fill: 7);
        File.SetLastWriteTimeUtc(Path.Combine(folder["files"], "run", "step0", "model.safetensors"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var (again, _) = Open("run/step0/");
        suite = await again.OpenAsync(experiment, CancellationToken.None);
        var after = await again.LookAsync(suite.Models[0], suite.Models[0].At(0), CancellationToken.None);
        Assert.NotEqual(before.ContentOf(before.Kind), after.ContentOf(after.Kind));
        await again.FetchAsync(after.Snapshot, after.FilesOf(after.Kind)[0], received: null, CancellationToken.None);
        Assert.Equal(7, File.ReadAllBytes(after.Snapshot.PathOf(after.FilesOf(after.Kind)[0]))[^1]);
    }

    [Fact]
    public async Task Look_AtWhatIsNoCheckpoint_SaysSo()
    {
        Directory.CreateDirectory(Path.Combine(folder["files"], "run", "step0"));
        File.WriteAllText(Path.Combine(folder["files"], "run", "step0", "README.md"), "nothing");
        var (suites, experiment) = Open("run/step0/");
        var suite = await suites.OpenAsync(experiment, CancellationToken.None);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => suites.LookAsync(suite.Models[0], suite.Models[0].At(0), CancellationToken.None));
        Assert.Contains("no weights", error.Message, StringComparison.Ordinal);
    }

    private void Write(string place, int weights, byte fill = 1)
    {
        var at = Path.Combine([folder["files"], .. place.Split('/')]);
        Directory.CreateDirectory(at);
        File.WriteAllText(Path.Combine(at, "config.json"), "{}");
        File.WriteAllBytes(Path.Combine(at, "model.safetensors"), [2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}', .. Enumerable.Repeat(fill, weights)]);
    }

    private (UrlSuites Suites, ExperimentSpec Experiment) Open(params string[] places)
    {
        var path = folder["list.txt"];
        File.WriteAllLines(path, places.Select(p => $"{server.Urls.First()}/{p}"));
        var options = new HubOptions { CacheFolder = folder["cache"], Token = HubToken.Parse("hf_secret", "test") };
        var clients = new ServiceCollection().AddHubClient(options).BuildServiceProvider().GetRequiredService<IHttpClientFactory>();
        return (new(options, clients, TimeProvider.System, folder["urls"]), new() { Name = "test", Suite = "urls:" + path, Tasks = [new("ioi")] });
    }
}
