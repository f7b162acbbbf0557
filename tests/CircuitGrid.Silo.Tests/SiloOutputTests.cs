using System.Globalization;
using CircuitGrid.ClusterTrials;

namespace CircuitGrid.Silo.Tests;

/// <summary>What a silo says at its start about options and files that can't be used: nothing of them raw, no password, and an exit code of its own.</summary>
public sealed class SiloOutputTests
{
    private const string Hostile = "te\u001b]0;t\u0007\u001bc\u009b2J\r\u2028\u202ext\u2066\u200f";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static TheoryData<string, string[]> Lines => new()
    {
        { "certificate", ["--silo-certificate", $"/nowhere/{Hostile}.pem"] },
        { "https", ["--certificate", $"/nowhere/{Hostile}.pem"] },
        { "token", ["--token-file", $"/nowhere/{Hostile}"] },
        { "device", ["--device", Hostile] },
        { "memory", ["--memory", Hostile] },
        { "keep", ["--keep", Hostile] },
        { "word", [Hostile] },
        { "number", ["--silo-port", Hostile] },
        { "address", ["--address", Hostile] },
        { "precision", ["--precision", Hostile] },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Start_OnHostileOptions_ShowsThemVisibly(string option, string[] args)
    {
        var said = await RunAsync(args);
        Assert.DoesNotContain(said, c => (c != '\n' && char.IsControl(c)) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator);
        Assert.True(said.Contains("\\u202e", StringComparison.Ordinal), $"{option}: {said}");
    }

    [Theory]
    [InlineData("--memory", "1KB", "circuitgrid-silo: --memory 1KB: expected at least 1 MiB, without which nothing can be computed")]
    [InlineData("--keep", "lots", "circuitgrid-silo: --keep lots: expected a size such as 40GB, or all")]
    [InlineData("--fetch", "0", "circuitgrid-silo: --fetch: must be at least 1")]
    [InlineData("--telemetry", "jane:s3cret@nowhere:x", "circuitgrid-silo: --telemetry: is no address; it looks like http://127.0.0.1:4317")]
    public async Task Start_OnOptionsThatCantBeUsed_SaysWhy(string option, string value, string expected) => Assert.Equal(expected, (await RunAsync(option, value)).Trim());

    private static async Task<string> RunAsync(params string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("circuitgrid-silo-").FullName;
        try
        {
            using var silo = SiloProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "circuitgrid-silo.dll"), "--suites", folder, "--store", Path.Combine(folder, "x.sqlite"), .. args]);
            await silo.ExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
            return string.Join('\n', silo.Lines);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
