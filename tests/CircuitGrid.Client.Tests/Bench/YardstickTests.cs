using System.Runtime.InteropServices;
using System.Text.Json;
using CircuitGrid.Client.Commands.Bench.Yardstick;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Bench;

/// <summary>The yardstick is what the machine allows, not what a variable tells OpenBLAS to run; where it was told, that is said.</summary>
public sealed partial class YardstickTests
{
    private const string CoreType = "OPENBLAS_CORETYPE";
    private const string L2Size = "OPENBLAS_L2_SIZE";

    /// <summary>The first kernels of the x86 family, so that no machine that runs this chooses them by itself.</summary>
    private const string OldKernel = "Prescott";

    /// <summary>What this machine has set is no part of the tests: their processes begin without it.</summary>
    public YardstickTests()
    {
        Environment.SetEnvironmentVariable(CoreType, null);
        Environment.SetEnvironmentVariable(L2Size, null);
    }

    [Fact]
    public async Task Bench_WithVariablesSet_RunsTheKernelsOfAMachineWithoutThem()
    {
        var runs = await Task.WhenAll(BenchAsync(), BenchAsync((CoreType, OldKernel), (L2Size, "64")));
        var (plain, told) = (Json(runs[0]), Json(runs[1]));
        SkipWithoutOpenBlas(plain);
        Assert.Equal(plain.GetProperty("openblas_kernel").GetString(), told.GetProperty("openblas_kernel").GetString());
        Assert.Empty(Names(plain, "openblas_variables_removed"));
        Assert.Equal([CoreType, L2Size], Names(told, "openblas_variables_removed"));
        Assert.All((JsonElement[])[plain, told], json => Assert.Empty(Names(json, "openblas_slowed_by")));
        Assert.Contains("openblas", plain.GetProperty("openblas_library").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.True(File.Exists(plain.GetProperty("openblas_library").GetString()));
    }

    /// <summary>A library that is loaded with the process has read its variables before anybody could remove them.</summary>
    [Fact]
    public async Task Bench_WhereOpenBlasWasLoadedBefore_SaysThatItIsSlowed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "libraries are loaded beforehand on Linux, and the kernel is x86's");
        using var openBlas = OpenBlas.TryLoad();
        Assert.SkipWhen(openBlas?.Identity.Library is null, "this system has no OpenBLAS");
        (string, string)[] environment = [("LD_PRELOAD", openBlas.Identity.Library), (CoreType, OldKernel)];
        var runs = await Task.WhenAll(BenchAsync(environment), ClientProcess.RunAsync(Arguments, environment));
        var json = Json(runs[0]);
        Assert.Equal([CoreType], Names(json, "openblas_slowed_by"));
        Assert.Empty(Names(json, "openblas_variables_removed"));
        Assert.Contains($"The yardstick is slowed: OpenBLAS was loaded with {CoreType} set", runs[1].Output.ReplaceLineEndings(" "), StringComparison.Ordinal);

        // builds for one processor alone have no other kernel
        Assert.SkipUnless(json.GetProperty("openblas_kernel").GetString() == OldKernel, "this OpenBLAS doesn't choose its kernels when it is loaded");
        Assert.NotEqual(openBlas.Identity.Kernel, json.GetProperty("openblas_kernel").GetString());
    }

    [Fact]
    public void Remove_AVariableOfTheProcess_IsGoneForNativeCode()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the environment of .NET is the process's own there");
        const string name = "CIRCUITGRID_TEST_OF_REMOVAL";
        Assert.Equal(0, SetVariable(name, "Größe", 1));
        Assert.Equal("Größe", NativeEnvironment.Get(name));
        Assert.True(NativeEnvironment.Remove(name));
        Assert.Null(NativeEnvironment.Get(name));
        Assert.True(NativeEnvironment.Remove(name));
    }

    [Theory]
    [InlineData("OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Cooperlake MAX_THREADS=64", "0.3.21")]
    [InlineData("OpenBLAS 0.3.29  USE64BITINT DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64", "0.3.29")]
    [InlineData("OpenBLAS 0.3.30.dev", "0.3.30.dev")]
    [InlineData("OpenBLAS DYNAMIC_ARCH", null)]
    [InlineData("GotoBLAS2 1.13", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void VersionIn_AConfiguration_IsItsSecondWord(string? configuration, string? expected) => Assert.Equal(expected, OpenBlasIdentity.VersionIn(configuration));

    [Fact]
    public void Descriptions_SayWhatRuns_AndWhatWasHeeded()
    {
        OpenBlasIdentity plain = new("/lib/libopenblas.so.0", "0.3.21", "Zen", [], []);
        Assert.Equal("its Zen kernel, version 0.3.21", plain.Description);
        Assert.Null(plain.Warning);
        Assert.Equal("its Zen kernel, version 0.3.21; OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE removed", (plain with { Removed = [CoreType, L2Size] }).Description);
        Assert.Equal("an unnamed kernel", (plain with { Kernel = null, Version = null }).Description);
        var told = plain with { Heeded = [CoreType, L2Size] };
        Assert.True(told.IsSlowed);
        Assert.Contains("with OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE set, before this program could remove them", told.Warning, StringComparison.Ordinal);
    }

    private static string[] Arguments => ["bench", "--shape", "nano", "--examples", "2", "--positions", "8", "--steps", "1", "--repetitions", "1", "--threads", "1"];

    private static Task<ClientRun> BenchAsync(params (string Name, string Value)[] environment) =>
        ClientProcess.RunAsync([.. Arguments, "--json"], environment);

    private static JsonElement Json(ClientRun run)
    {
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Json;
    }

    private static string[] Names(JsonElement json, string property) => [.. json.GetProperty(property).EnumerateArray().Select(v => v.GetString()!)];

    private static void SkipWithoutOpenBlas(JsonElement json) => Assert.SkipWhen(json.GetProperty("openblas_gflops").ValueKind == JsonValueKind.Null, "this system has no OpenBLAS");

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
