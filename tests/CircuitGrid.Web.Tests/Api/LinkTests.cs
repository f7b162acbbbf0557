using System.Text.Json.Nodes;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Web.Tests.Api;

/// <summary>Links in a folder of suites lead where the server's operator allows, and nowhere else.</summary>
public sealed class LinkTests : IDisposable
{
    private const string Refusal = "leads out of the server's folder of suites through a link; whoever runs the server can allow that with --links-into FOLDER";

    private readonly LinkedSuite suite = new();

    public void Dispose() => suite.Dispose();

    [Theory]
    [InlineData(LinkShape.Absolute)]
    [InlineData(LinkShape.Relative)]
    [InlineData(LinkShape.Twice)]
    [InlineData(LinkShape.ThroughFolder)]
    public async Task Part_BehindALinkOutOfTheSuites_IsRefusedUnlessItMayBeThere(LinkShape shape)
    {
        string whole;
        await using (var server = await TestServer.StartAsync(suite.Tiny))
        {
            whole = await PlanAsync(server);
            Assert.Contains("suite's own: has no section gendered_pronoun", whole, StringComparison.Ordinal);
            Assert.Contains("task's own: has no section sva", whole, StringComparison.Ordinal);
            Assert.Equal(2, (int)JsonNode.Parse(whole)!["missing"]!);
            foreach (var part in LinkedSuite.Parts)
            {
                var back = suite.Move(part, shape, suite.Outside);
                var answer = await PlanAsync(server);
                Assert.True(IsRefused(part, answer), $"{part}: {answer}");
                Assert.DoesNotContain(suite.Tiny.Root, answer, StringComparison.Ordinal);
                Assert.DoesNotContain("elsewhere", answer, StringComparison.Ordinal);
                back();
            }

            foreach (var part in LinkedSuite.Parts)
            {
                var back = suite.Move(part, shape, Path.Combine(suite.Tiny.Suites, "moved"));
                Assert.Equal(whole, await PlanAsync(server));
                back();
            }
        }

        await using var generous = await TestServer.StartAsync(suite.Tiny, linksInto: suite.Outside);
        foreach (var part in LinkedSuite.Parts)
        {
            var back = suite.Move(part, shape, suite.Outside);
            Assert.Equal(whole, await PlanAsync(generous));
            back();
        }
    }

    [Fact]
    public async Task Link_ChangedAfterTheFirstLook_IsRefusedFromThenOn()
    {
        await using var server = await TestServer.StartAsync(suite.Tiny);
        var part = "small/tiny/step0/model.safetensors";
        suite.Move(part, LinkShape.Absolute, Path.Combine(suite.Tiny.Suites, "moved"));
        Assert.Equal(2, (int)JsonNode.Parse(await PlanAsync(server))!["missing"]!);

        var path = Path.Combine(suite.Tiny.Suites, part);
        var foreign = Path.Combine(suite.Outside, "foreign");
        File.Copy(path, foreign);
        File.Delete(path);
        File.CreateSymbolicLink(path, foreign);
        using var started = await server.PostAsync("/api/v1/experiments", LinkedSuite.Yaml);
        var id = (string)JsonNode.Parse(await started.Content.ReadAsStringAsync())!["id"]!;
        await server.FollowAsync(id);
        var cells = JsonNode.Parse(await server.Client.GetStringAsync(new Uri($"/api/v1/experiments/{id}/cells?task=first", UriKind.Relative)))!["items"]!.AsArray();
        Assert.Equal([(0, "skip", $"{part}: {Refusal}"), (1, "keep", "up to date")], cells.Select(c => ((int)c!["step"]!, (string)c["action"]!, (string)c["why"]!)));
    }

    [Fact]
    public async Task Watch_OfACheckpointBehindALink_SaysWhyItIsntAnalysed()
    {
        suite.Move("small/tiny/step0/config.json", LinkShape.Absolute, suite.Outside);
        await using var server = await TestServer.StartAsync(suite.Tiny);
        using var content = new StringContent(new JsonObject { ["yaml"] = LinkedSuite.Yaml, ["watch"] = true }.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        using var started = await server.Client.PostAsync(new Uri("/api/v1/experiments", UriKind.Relative), content);
        var id = (string)JsonNode.Parse(await started.Content.ReadAsStringAsync())!["id"]!;
        var ends = new Dictionary<string, string?>(StringComparer.Ordinal);
        await foreach (var happened in server.Host.FollowAsync(id, after: 0))
        {
            if (happened is { Cell: { } cell, Kind: GridEventKind.Failed or GridEventKind.Finished })
            {
                ends[cell.ToString()] = happened.Message;
            }

            if (ends.Count == 6)
            {
                await server.Host.CancelAsync(id);
            }
        }

        Assert.All(ends.Where(e => e.Key.Contains("@0/", StringComparison.Ordinal)), e => Assert.Equal($"small/tiny/step0/config.json: {Refusal}", e.Value));
        Assert.Null(ends["small/tiny@1/first"]);
    }

    [Fact]
    public async Task Link_InACircle_IsRefused()
    {
        await using var server = await TestServer.StartAsync(suite.Tiny);
        var path = Path.Combine(suite.Tiny.Suites, "small", "words.json");
        File.Delete(path);
        File.CreateSymbolicLink(path, "./words.json");
        Assert.Contains("small/words.json: is reached by links that go in a circle", await PlanAsync(server), StringComparison.Ordinal);
    }

    /// <summary>What an answer says is the refusal of the part and nothing else, whether the whole experiment's or that of the cells that need it.</summary>
    private static bool IsRefused(string part, string answer)
    {
        var json = JsonNode.Parse(answer)!;
        if (json["detail"] is { } detail)
        {
            var named = (string)detail!;
            return named.EndsWith(Refusal, StringComparison.Ordinal)
                && (named.Contains($"'{part}'", StringComparison.Ordinal) || named.StartsWith($"{part}: ", StringComparison.Ordinal) || part is "small");
        }

        var failures = json["failures"]!.AsArray().Select(f => (string)f!["reason"]!).ToList();
        return failures.Any(f => f.StartsWith(part, StringComparison.Ordinal) && f.EndsWith(Refusal, StringComparison.Ordinal));
    }

    private static async Task<string> PlanAsync(TestServer server)
    {
        using var response = await server.PostAsync("/api/v1/plans", LinkedSuite.Yaml);
        var text = await response.Content.ReadAsStringAsync();
        var json = JsonNode.Parse(text)!.AsObject();
        json.Remove("trace_id");
        json.Remove("forecast_seconds");
        return json.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
