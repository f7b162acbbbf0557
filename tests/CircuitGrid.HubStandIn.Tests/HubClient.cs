using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CircuitGrid.HubStandIn.Tests;

/// <summary>The hub's own JavaScript client, <c>@huggingface/hub</c>, where this machine has it: <c>npm ci</c> in the folder <c>hub-client</c> of these tests brings it.</summary>
internal static class HubClient
{
    /// <summary>Calls one of its functions on a stand-in; answers what it gives (<c>value</c>) or the error it throws (<c>error</c>, <c>status</c>). Skips the test where there is none.</summary>
    public static async Task<JsonElement> CallAsync(HubStandInServer server, string function, JsonObject parameters)
    {
        var folder = Folder();
        Assert.SkipUnless(folder is not null && Directory.Exists(Path.Combine(folder, "node_modules", "@huggingface", "hub")), "the hub's JavaScript client isn't installed on this machine");
        Assert.SkipUnless(HasNode(), "Node isn't installed on this machine");

        parameters["hubUrl"] = server.Endpoint.OriginalString.TrimEnd('/');
        var start = new ProcessStartInfo("node", [Path.Combine(folder!, "client.mjs"), function, parameters.ToJsonString()])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in (string[])["HF_TOKEN", "HF_ENDPOINT", "HF_HOME", "HF_HUB_CACHE", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NODE_OPTIONS"])
        {
            start.Environment.Remove(name);
        }

        using var node = Process.Start(start)!;
        var errors = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await errors);
        using var json = JsonDocument.Parse(output);
        return json.RootElement.Clone();
    }

    private static bool HasNode() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(f => File.Exists(Path.Combine(f, "node")) || File.Exists(Path.Combine(f, "node.exe")));

    private static string? Folder()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var folder = Path.Combine(at.FullName, "tests", "CircuitGrid.HubStandIn.Tests", "hub-client");
            if (Directory.Exists(folder))
            {
                return folder;
            }
        }

        return null;
    }
}
