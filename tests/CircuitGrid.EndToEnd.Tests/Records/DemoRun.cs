using System.Diagnostics;
using System.Text.Json;
using CircuitGrid.EndToEnd.Tests.Records;

[assembly: AssemblyFixture(typeof(DemoRun))]

namespace CircuitGrid.EndToEnd.Tests.Records;

/// <summary>The demo, run once by the program itself, and what further commands say in its folder.</summary>
public sealed class DemoRun : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("circuitgrid-demo-").FullName;
    private readonly Lazy<Task<string>> demo;

    public DemoRun() => demo = new(async () =>
    {
        var folder = Path.Combine(root, "demo");
        await File.WriteAllTextAsync(Path.Combine(root, "demo.json"), await RunAsync("demo", "--json", "--out", folder));
        return folder;
    });

    /// <summary>The folder that the demo wrote.</summary>
    public Task<string> FolderAsync() => demo.Value;

    /// <summary>What the demo wrote to standard output.</summary>
    public async Task<string> OutputAsync() => await File.ReadAllTextAsync(Path.Combine(await FolderAsync(), "..", "demo.json"));

    /// <summary>The data of its report.</summary>
    public async Task<JsonElement> ReportAsync()
    {
        const string Start = """<script id="circuitgrid-data" type="application/json">""";
        var page = await File.ReadAllTextAsync(Path.Combine(await FolderAsync(), "report.html"));
        var rest = page[(page.IndexOf(Start, StringComparison.Ordinal) + Start.Length)..];
        return JsonElement.Parse(rest[..rest.IndexOf("</script>", StringComparison.Ordinal)]);
    }

    /// <summary>Runs the program.</summary>
    /// <returns>Its standard output.</returns>
    public static async Task<string> RunAsync(params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "circuitgrid.dll"), .. args])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', args)} ended with {process.ExitCode}: {await error}");
        return output;
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
