using System.Diagnostics;
using System.Net;

namespace CircuitGrid.HubStandIn.Tests;

public sealed class ProgramTests
{
    [Fact]
    public async Task Program_UntilItIsInterrupted_ServesTheSuiteAndPublishesSteps()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "signals are those of Unix");
        var suite = Path.Combine(Root(), "suites", "nano");
        using var program = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "CircuitGrid.HubStandIn.dll"), "--suite", suite, "--publish-every", "0.2"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        try
        {
            var lines = new List<string?>();
            while (lines.Count < 6)
            {
                lines.Add(await program.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1)));
            }

            Assert.Equal(["hf:nano-lab/nano-2l", "hf:nano-lab/nano-3l", "hf:nano-lab/nano-4l"], lines[..3]);
            Assert.Matches("^HF_ENDPOINT=http://127[.]0[.]0[.]1:[0-9]+$", lines[3]);
            Assert.Equal(["step64", "step128"], lines[4..]);
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
            using var response = await http.GetAsync(new Uri(lines[3]!["HF_ENDPOINT=".Length..] + "/api/models/nano-lab/nano-3l/revision/step128"));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);

            using var kill = Process.Start("kill", ["-INT", $"{program.Id}"]);
            await program.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
            Assert.Equal(0, program.ExitCode);
        }
        finally
        {
            if (!program.HasExited)
            {
                program.Kill();
            }
        }
    }

    private static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "CircuitGrid.sln")))
        {
            at = at.Parent ?? throw new InvalidOperationException("The tests were built in no working tree.");
        }

        return at.FullName;
    }
}
