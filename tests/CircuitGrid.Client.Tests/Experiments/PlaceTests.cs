using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>Where results are looked for and put, and what is made where.</summary>
public sealed class PlaceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TemporaryFolder work = new();

    public void Dispose()
    {
        work.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(0, "plan")]
    [InlineData(0, "status")]
    [InlineData(2, "report")]
    [InlineData(2, "why", "checkpoints/nano-2l@4000/ioi", "--store")]
    [InlineData(2, "export", "--store")]
    [InlineData(2, "roles", "--store")]
    public async Task ReadingCommands_WhereThereIsNoStore_MakeNone(int exitCode, params string[] command)
    {
        var checkpoints = WriteCheckpoints("checkpoints");
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        foreach (var path in (string[])[checkpoints, experiment])
        {
            var before = Files();
            var run = await OfAsync([.. command, path]);
            Assert.True(run.ExitCode == exitCode, run.Error);
            Assert.Equal(before, Files());
            if (exitCode != 0)
            {
                Assert.Contains("'circuitgrid run ", run.Error, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Status_WhereThereIsNoStore_SaysSo()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        var status = (await OfAsync("status", experiment)).Succeeded();
        Assert.Contains($"There are no results yet: {folder["small.results.db"]} doesn't exist", status.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        var json = (await OfAsync("status", experiment, "--json")).Succeeded().Json;
        Assert.Equal((0, 2, folder["small.results.db"]), (json.GetProperty("done").GetInt32(), json.GetProperty("missing").GetInt32(), json.GetProperty("store").GetString()));
    }

    [Fact]
    public async Task Run_OfCheckpoints_PutsARunIntoTheCurrentFolder()
    {
        var checkpoints = WriteCheckpoints("checkpoints");
        var before = Directory.GetFileSystemEntries(checkpoints, "*", SearchOption.AllDirectories);
        var run = (await OfAsync("run", checkpoints)).Succeeded();
        Assert.Contains($"Results are in {work["checkpoints.circuitgrid"]}", run.Output, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(checkpoints, "*", SearchOption.AllDirectories));
        var results = work["checkpoints.circuitgrid"];
        Assert.Equal(["experiment.yaml", "results.db"], Directory.GetFiles(results).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        // the new folder is a run of the same experiment, to every command and by every name
        var expected = (await OfAsync("status", checkpoints, "--json")).Succeeded().Output;
        Assert.Equal(expected, (await OfAsync("status", results, "--json")).Succeeded().Output);
        Assert.Equal(expected, (await OfAsync("status", Path.Combine(results, "experiment.yaml"), "--json")).Succeeded().Output);
        (await OfAsync("report", checkpoints)).Succeeded();
        Assert.True(File.Exists(Path.Combine(results, "report.html")));
        Assert.Equal(0, (await OfAsync("export", "--store", checkpoints, "--out", work["a"])).ExitCode);
        Assert.Equal(0, (await OfAsync("export", "--store", results, "--out", work["b"])).ExitCode);
        Assert.Equal(0, (await OfAsync("export", "--store", Path.Combine(results, "results.db"), "--out", work["c"])).ExitCode);
        Assert.Equal(TaskLibrary.Tasks.Length + 1, File.ReadAllLines(Path.Combine(work["a"], "cells.csv")).Length);
        Assert.Equal(File.ReadAllText(Path.Combine(work["a"], "cells.csv")), File.ReadAllText(Path.Combine(work["b"], "cells.csv")));
        Assert.Equal(File.ReadAllText(Path.Combine(work["a"], "cells.csv")), File.ReadAllText(Path.Combine(work["c"], "cells.csv")));
    }

    [Fact]
    public async Task Run_OfCheckpointsThatHaveAStore_GoesOnUsingItAndSaysWhereItIs()
    {
        var checkpoints = WriteCheckpoints("checkpoints");
        var store = Path.Combine(checkpoints, "results.db");
        SqliteCellStore.Open(store).Dispose();
        var run = await OfAsync("run", checkpoints, "--json");
        Assert.Equal(store, run.Json.GetProperty("store").GetString());
        Assert.Contains($"Results are in {store}, among the checkpoints", run.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(work.Path));
        var export = await OfAsync("export", "--store", store, "--out", work["tables"], "--json");
        Assert.Equal(0, export.ExitCode);
        Assert.Equal(run.Json.GetProperty("finished").GetInt32(), export.Json.GetProperty("cells").GetInt32());

        // nobody asks where it is who has named another
        var elsewhere = await OfAsync("status", checkpoints, "--store", work["other.db"], "--json");
        Assert.Equal("", elsewhere.Error);
    }

    [Fact]
    public async Task Run_OfOtherCheckpointsOfTheSameName_IsRefused()
    {
        await WriteAsync(WriteCheckpoints("checkpoints"), work["checkpoints.circuitgrid"]);
        var others = WriteCheckpoints(Path.Combine("elsewhere", "checkpoints"));
        foreach (var command in (string[])["run", "status", "report"])
        {
            var refused = await OfAsync(command, others);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains($"holds results of {folder["checkpoints"]}", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
        }

    }

    [Fact]
    public async Task Run_OfNoSuite_MakesNoFolder()
    {
        Directory.CreateDirectory(folder["nothing"]);
        Assert.Equal(2, (await OfAsync("run", folder["nothing"])).ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(work.Path));
    }

    private Task WriteAsync(string checkpoints, string results) =>
        CheckpointExperiment.WriteAsync(CheckpointExperiment.Read(checkpoints, work["none"], CancellationToken.None), results, new FileExperimentSource(), isWatched: false, CancellationToken.None);

    /// <summary>What is written for a folder is the experiment on it, whatever characters its name has.</summary>
    [Theory]
    [InlineData("plain")]
    [InlineData("with blanks and 'both' \"quotes\"")]
    [InlineData("back\\slash: # no comment, {no} [list]")]
    [InlineData("- ~ null true 2024-01-01")]
    [InlineData("grün 漢字 😀")]
    [InlineData("two\nlines\tand a tab")]
    public async Task TextOf_FolderOfAnyName_IsReadBack(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such names.");
        Directory.CreateDirectory(folder[name]);
        File.WriteAllText(Path.Combine(folder[name], "suite.json"), """{"name": "named", "models": [{"name": "nano-2l"}]}""");
        await WriteAsync(WriteCheckpoints(name), work["results"]);
        var read = ExperimentSpec.Load(Path.Combine(work["results"], "experiment.yaml"));
        Assert.Equal((name, folder[name]), (read.Name, read.Suite));
        Assert.Equal(CheckpointExperiment.Read(folder[name], work["none"], CancellationToken.None).Identity, read.Identity);
    }

    [Theory]
    [InlineData("small.yaml", "small.results.db")]
    [InlineData("small.yml", "small.results.db")]
    [InlineData("experiment.yaml", "results.db")]
    public async Task Store_ByItsOwnName_FindsItsExperiment(string experiment, string store)
    {
        File.Move(SmallSuite.Write(folder, checkpoints: 1, "eap"), folder["moved"]);
        File.Move(folder["moved"], folder[experiment]);
        (await OfAsync("run", folder[experiment])).Succeeded();
        var expected = (await OfAsync("why", "small/tiny@0/first", "--store", folder[experiment])).Succeeded().Output;
        Assert.Equal(expected, (await OfAsync("why", "small/tiny@0/first", "--store", folder[store])).Succeeded().Output);

        // the same results under a name that tells nothing
        File.Move(folder[store], folder["lost.db"]);
        var lost = await OfAsync("why", "small/tiny@0/first", "--store", folder["lost.db"]);
        Assert.Equal(2, lost.ExitCode);
        Assert.Contains($"there is no {folder["lost.yaml"]} and no {folder["lost.yml"]}", Assert.Single(lost.ErrorLines), StringComparison.Ordinal);
        File.Copy(folder[experiment], folder["lost.yml"]);
        Assert.Equal(expected, (await OfAsync("why", "small/tiny@0/first", "--store", folder["lost.db"])).Succeeded().Output);
        File.Copy(folder[experiment], folder["lost.yaml"]);
        var two = await OfAsync("why", "small/tiny@0/first", "--store", folder["lost.db"]);
        Assert.Contains($"may be of {folder["lost.yaml"]} or {folder["lost.yml"]}", Assert.Single(two.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_ThatIsSomethingElse_IsSaidToBeThat()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        SqliteCellStore.Open(folder["small.results.db"]).Dispose();
        foreach (var command in (string[])["plan", "run", "status", "report", "watch"])
        {
            Assert.Contains("is a folder; a store is a file", await ErrorAsync(command, experiment, "--store", folder.Path), StringComparison.Ordinal);
            Assert.Contains("isn't a store", await ErrorAsync(command, experiment, "--store", experiment), StringComparison.Ordinal);
            Assert.Contains("is a store of results, not an experiment", await ErrorAsync(command, folder["small.results.db"]), StringComparison.Ordinal);
        }

        Assert.Contains("is a folder; a store is a file", await ErrorAsync("serve", "--suites", folder.Path, "--store", folder.Path, "--port", "0"), StringComparison.Ordinal);
    }

    /// <summary>A server computes as it was started: what it can't take isn't passed over.</summary>
    [Theory]
    [InlineData("run", "--rehash")]
    [InlineData("run", "--store", "x.db")]
    [InlineData("run", "--device", "cpu")]
    [InlineData("run", "--threads", "2")]
    [InlineData("run", "--memory", "1GiB")]
    [InlineData("status", "--rehash")]
    [InlineData("status", "--store", "x.db")]
    [InlineData("report", "--rehash")]
    [InlineData("report", "--store", "x.db")]
    [InlineData("watch", "--rehash")]
    [InlineData("watch", "--store", "x.db")]
    public async Task OptionOfThisMachine_WithAServer_IsRefused(string command, params string[] option)
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        Assert.Contains($"{option[0]}: is about work of this machine", await ErrorAsync([command, experiment, .. option, "--server", "http://127.0.0.1:9"]), StringComparison.Ordinal);
        Assert.Contains("is of no use without --server", await ErrorAsync(command, experiment, "--token-file", "x"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rehash_BytesBehindAnUnchangedNote_AreSeenByEveryCommand()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        (await OfAsync("run", experiment)).Succeeded();
        using (var store = SqliteCellStore.Open(folder["small.results.db"]))
        {
            // a note that is wrong although nothing about the files shows it
            var checkpoint = Path.Combine(folder[SmallSuite.Model], "step0");
            var state = new CircuitGrid.Experiments.Grid.FileExperimentSource().StateOf(checkpoint)!.Text;
            await store.SaveDigestAsync($"{Environment.MachineName}:{checkpoint}", state, "wrong");
        }

        Assert.Equal(0, (await OfAsync("status", experiment, "--json")).Succeeded().Json.GetProperty("done").GetInt32());
        Assert.Equal(2, (await OfAsync("status", experiment, "--json", "--rehash")).Succeeded().Json.GetProperty("done").GetInt32());
        Assert.Equal(2, (await OfAsync("plan", experiment, "--json", "--rehash")).Succeeded().Json.GetProperty("keep").GetInt32());
        Assert.Equal(2, (await OfAsync("run", experiment, "--json", "--rehash")).Json.GetProperty("kept").GetInt32());
        Assert.Equal(2, (await OfAsync("report", experiment, "--json", "--rehash")).Json.GetProperty("cells").GetInt32());
    }

    private async Task<string> ErrorAsync(params string[] args)
    {
        var refused = await OfAsync(args);
        Assert.Equal(2, refused.ExitCode);
        return Assert.Single(refused.ErrorLines);
    }

    /// <summary>Runs the program in the folder for work, as wide as output that no terminal shows.</summary>
    private Task<ClientRun> OfAsync(params string[] args) => ClientRun.OfAsync(args, width: 1000, change: e => e with { WorkingFolder = work.Path });

    private string Files() => string.Join('\n', new[] { folder.Path, work.Path }.SelectMany(f => Directory.GetFileSystemEntries(f, "*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal));

    /// <summary>A folder of nothing but a checkpoint and what its tasks are built with: one of the shipped ones.</summary>
    private string WriteCheckpoints(string name)
    {
        const string Step = "nano-2l/step4000";
        Directory.CreateDirectory(Path.Combine(folder[name], Step));
        foreach (var file in (string[])["tokenizer.json", "lexicon.json", $"{Step}/config.json", $"{Step}/model.safetensors"])
        {
            File.Copy(Path.Combine(ShippedSuite.Folder, file), Path.Combine(folder[name], file));
        }

        return folder[name];
    }
}
