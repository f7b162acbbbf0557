using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Sources;
using CircuitGrid.Models.Tests.Checkpoints;

namespace CircuitGrid.Models.Tests.Suites.Sources;

/// <summary>The cache as Hugging Face's libraries write it: refs, snapshots of links, blobs.</summary>
public sealed class HubCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_CacheOfARepository_HasItsRevisions()
    {
        Revision("models--EleutherAI--pythia-70m", "step0", 'a', "11");
        Revision("models--EleutherAI--pythia-70m", "step1000", 'b', "22");
        Revision("models--EleutherAI--pythia-70m", "refs/pr/4", 'c', "33");

        var suite = SuiteFolder.Open(_folder["models--EleutherAI--pythia-70m"]);

        var model = Assert.Single(suite.Models);
        Assert.Equal(("pythia-70m", "pythia-70m"), (suite.Name, model.Name));
        Assert.Equal([0, 1000], model.Steps);
        Assert.Equal(_folder[$"models--EleutherAI--pythia-70m/snapshots/{new string('b', 40)}"], model.StepFolder(1000));
        Assert.Equal((1000 * 2_097_152L, TokensKnown.Counted), (model.Checkpoints[1].Time.Tokens!.Value, model.Checkpoints[1].Time.Known));
        Assert.Equal("pythia-70m: refs/pr/4: is a pull request", Assert.Single(suite.LeftOut).ToString());
        Assert.Equal("EleutherAI/pythia-70m", new HubCache(_folder["models--EleutherAI--pythia-70m"]).Repository);
    }

    [Fact]
    public void Open_Cache_IsASuiteOfItsModels()
    {
        Revision("hub/models--EleutherAI--pythia-70m", "step0", 'a', "11");
        Revision("hub/models--EleutherAI--pythia-160m", "step0", 'a', "11");
        Revision("hub/models--gpt2", "main", 'd', "44");
        Directory.CreateDirectory(_folder["hub/datasets--mib-bench--ioi/snapshots"]);
        Directory.CreateDirectory(_folder["hub/.locks"]);

        var suite = SuiteFolder.Open(_folder["hub"]);

        Assert.Equal(["gpt2", "pythia-160m", "pythia-70m"], suite.Models.Select(m => m.Name).Order(StringComparer.Ordinal));
        Assert.Equal("datasets--mib-bench--ioi: is the cache of a repository that isn't a model's", Assert.Single(suite.LeftOut).ToString());
        Assert.False(suite.Find("gpt2")!.Checkpoints[0].IsStepKnown);
    }

    /// <summary>Of Pythia it is known which step main is; of others it isn't, and a revision of an unknown step can't be put in order.</summary>
    [Fact]
    public void Open_Main_IsTheStepThatItIsKnownToBe()
    {
        Revision("models--EleutherAI--pythia-70m", "step0", 'a', "11");
        Revision("models--EleutherAI--pythia-70m", "main", 'b', "22");
        Assert.Equal([0, 143_000], SuiteFolder.Open(_folder["models--EleutherAI--pythia-70m"]).Models[0].Steps);

        Revision("models--EleutherAI--pythia-70m", "step143000", 'c', "33");
        var both = SuiteFolder.Open(_folder["models--EleutherAI--pythia-70m"]);
        Assert.Equal(_folder[$"models--EleutherAI--pythia-70m/snapshots/{new string('c', 40)}"], both.Models[0].StepFolder(143_000));
        Assert.Equal("pythia-70m: main: is step 143000 again, which step143000 is", Assert.Single(both.LeftOut).ToString());

        Revision("models--org--own", "step5", 'a', "11");
        Revision("models--org--own", "main", 'b', "22");
        var own = SuiteFolder.Open(_folder["models--org--own"]);
        Assert.Equal([5], own.Models[0].Steps);
        Assert.Equal("own: main: which step it is isn't known: it has no trainer_state.json", Assert.Single(own.LeftOut).ToString());
    }

    [Fact]
    public void Open_CheckpointsInFoldersOfMain_AreFound()
    {
        Revision("models--org--tri", "main", 'a', "11");
        var snapshot = _folder[$"models--org--tri/snapshots/{new string('a', 40)}"];
        File.Delete(Path.Combine(snapshot, "config.json"));
        File.Delete(Path.Combine(snapshot, "model.safetensors"));
        foreach (var step in new[] { "step-0000", "step-0100" })
        {
            Directory.CreateDirectory(Path.Combine(snapshot, step));
            File.WriteAllText(Path.Combine(snapshot, step, "config.json"), "{}");
        }

        Assert.Equal([0, 100], SuiteFolder.Open(_folder["models--org--tri"]).Models[0].Steps);
    }

    [Fact]
    public void Open_RevisionThatIsNotHere_IsLeftOut()
    {
        Revision("models--org--m", "step0", 'a', "11");
        File.WriteAllText(_folder["models--org--m/refs/step5"], new string('e', 40));
        Directory.CreateDirectory(_folder[$"models--org--m/snapshots/{new string('f', 40)}"]);

        var suite = SuiteFolder.Open(_folder["models--org--m"]);

        Assert.Equal([0], suite.Models[0].Steps);
        Assert.Equal(
            [$"m: {new string('f', 40)}: is a commit that no revision here is; load it by its revision's name", "m: step5: isn't downloaded: its snapshot isn't there"],
            suite.LeftOut.Select(l => l.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Open_OneCommitWithoutAName_IsTheModel()
    {
        Revision("models--org--m", "x", 'a', "11");
        Directory.Delete(_folder["models--org--m/refs"], recursive: true);

        var checkpoint = Assert.Single(SuiteFolder.Open(_folder["models--org--m"]).Models[0].Checkpoints);

        Assert.Equal((0, false), (checkpoint.Step, checkpoint.IsStepKnown));
    }

    [Fact]
    public void Open_RefThatIsNoCommit_IsLeftOut()
    {
        Revision("models--org--m", "step0", 'a', "11");
        File.WriteAllText(_folder["models--org--m/refs/step1"], "../../../etc");
        File.CreateSymbolicLink(_folder["models--org--m/refs/step2"], "nowhere");

        var suite = SuiteFolder.Open(_folder["models--org--m"]);

        Assert.Equal([0], suite.Models[0].Steps);
        Assert.Equal("m: step1: has '../../../etc' in its file under refs, which holds a commit, 40 lower-case hexadecimal digits", suite.LeftOut.Single(l => l.Name == "step1").ToString());
        Assert.Contains("can't be looked up: ", suite.LeftOut.Single(l => l.Name == "step2").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Digests_AreTheNamesOfTheBlobs()
    {
        Revision("models--org--m", "step0", 'a', "77");
        var source = new HubCache(_folder["models--org--m"]);

        var digests = source.Digests(source.List().Single(c => c.Name == "step0"));

        Assert.Equal([("config.json", new string('7', 40)), ("model.safetensors", new string('7', 64))], digests.Select(d => (d.Name, d.Digest)));
    }

    private void Revision(string repository, string name, char commit, string blob)
    {
        var (refs, snapshot, blobs) = (_folder[$"{repository}/refs/{name}"], _folder[$"{repository}/snapshots/{new string(commit, 40)}"], _folder[$"{repository}/blobs"]);
        Directory.CreateDirectory(Path.GetDirectoryName(refs)!);
        Directory.CreateDirectory(snapshot);
        Directory.CreateDirectory(blobs);
        File.WriteAllText(refs, new string(commit, 40));
        foreach (var (file, digest) in new[] { ("config.json", new string(blob[0], 40)), ("model.safetensors", new string(blob[0], 64)) })
        {
            File.WriteAllText(Path.Combine(blobs, digest), "{}");
            File.CreateSymbolicLink(Path.Combine(snapshot, file), Path.Combine("..", "..", "blobs", digest));
        }
    }
}
