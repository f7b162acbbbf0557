using System.Collections.Immutable;
using CircuitGrid.Experiments.Audit;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Sources;

namespace CircuitGrid.Experiments.Tests.Audit;

/// <summary>What digests alone tell of checkpoints that nobody has fetched. Files are letters: equal letters are equal bytes.</summary>
public sealed class FileAuditTests
{
    [Theory]

    // all different
    [InlineData("name", "1=a 2=b 3=c", "c", "")]

    // two of a kind: the later is left out, but for the last, which is main's
    [InlineData("name", "1=a 2=a 3=c", "c", "2:EqualWeights:step 1")]
    [InlineData("name", "1=c 2=b 3=c", "", "1:EqualWeights:step 3")]
    [InlineData("name", "1=c 2=b 3=c", "c", "1:EqualWeights:main")]

    // main's although it isn't the last
    [InlineData("name", "1=a 2=m 3=c", "m", "2:EqualWeights:main")]

    // of a known suite the last step is known, though it isn't among these
    [InlineData("pythia-2.8b", "53000=m 54000=m 60000=x", "m", "53000:EqualWeights:main 54000:EqualWeights:main")]
    [InlineData("pythia-2.8b", "54000=m 143000=m", "m", "54000:EqualWeights:main")]

    // the table of known defects says which of two is the copy
    [InlineData("pythia-2.8b", "54000=m 143000=m", "", "54000:EqualWeights:step 143000")]
    [InlineData("pythia-70m", "0=a 1=a 512=b", "", "1:EqualWeights:step 0")]

    // reported, and not seen in files
    [InlineData("pythia-2.8b", "52000=a 54000=b", "", "54000:Reported:")]

    // shards
    [InlineData("name", "1=a+b 2=c+d 3=e+f", "", "")]
    [InlineData("name", "1=a+b 2=c+b 3=e+f", "", "2:StalePart:step 1")]
    [InlineData("name", "1=a+b 2=c+f 3=e+f", "e f", "2:StalePart:main")]
    [InlineData("name", "1=a+b 2=e+f 3=e+f", "e f", "2:EqualWeights:main")]
    public void Findings_OfDigests_NameCopies(string model, string checkpoints, string ofMain, string expected)
    {
        var found = FileAudit.Of(ModelOf(model, checkpoints), Parse(checkpoints, ofMain), _ => false, _ => false);
        var wanted = Expectations(expected).ToArray();
        Assert.Equal(wanted.Select(w => w.Step), found.Select(f => f.Step));
        foreach (var (finding, text) in found.Zip(wanted))
        {
            Assert.Equal(text.Kind, finding.Kind.ToString());
            Assert.Contains(text.Of, finding.Text, StringComparison.Ordinal);
            Assert.Equal(finding.Kind != AuditKind.Reported, finding.IsLeftOut);
        }
    }

    /// <summary>What their values have judged isn't judged again by their files, but for a shard of which the values have told nothing.</summary>
    [Fact]
    public void Findings_OfWhatIsJudged_AreShardsAlone()
    {
        Assert.Empty(FileAudit.Of(ModelOf("name", "1=a 2=a 3=c"), Parse("1=a 2=a 3=c", ""), step => step == 2, _ => false));
        const string Stale = "1=a+b 2=c+b 3=e+f";
        Assert.Equal(AuditKind.StalePart, Assert.Single(FileAudit.Of(ModelOf("name", Stale), Parse(Stale, ""), _ => true, _ => false)).Kind);
        Assert.Empty(FileAudit.Of(ModelOf("name", Stale), Parse(Stale, ""), _ => true, step => step == 2));
    }

    private static IEnumerable<(int Step, string Kind, string Of)> Expectations(string expected) =>
        System.Text.RegularExpressions.Regex.Matches(expected, @"(\d+):(\w+):(step \d+|main|)").Select(m => (int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), m.Groups[2].Value, m.Groups[3].Value));

    private static SuiteModel ModelOf(string model, string checkpoints)
    {
        var names = checkpoints.Split(' ').Select(c => "step" + c.Split('=')[0]);
        var snapshot = new HubSnapshot(new(Path.GetTempPath(), "org/" + model), FakeHub.Commit);
        ImmutableArray<FoundCheckpoint> found = [.. names.Select(n => new FoundCheckpoint(n, snapshot.Folder) { Hub = snapshot })];
        return SuiteFolder.Of("hf:org/" + model, model, [(new Revisions(model, found), snapshot.Folder)], [], pattern: null, tokensPerStep: null, []).Models[0];
    }

    private static IReadOnlyList<AuditedFiles> Parse(string checkpoints, string ofMain)
    {
        ImmutableHashSet<string> main = [.. ofMain.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(l => FakeHub.File("x", 1, l).Digest)];
        return
        [
            .. checkpoints.Split(' ').Select(c => c.Split('=')).Select(c => new AuditedFiles(
                int.Parse(c[0], System.Globalization.CultureInfo.InvariantCulture),
                c[1].Split('+').Select((letter, i) => FakeHub.File($"model-{i}.safetensors", 1, letter)).ToImmutableArray(),
                [],
                main)),
        ];
    }

    private sealed class Revisions(string model, ImmutableArray<FoundCheckpoint> found) : ICheckpointSource
    {
        public string Model => model;

        public ImmutableArray<FoundCheckpoint> List() => found;

        public ImmutableArray<FileDigest> Digests(FoundCheckpoint checkpoint) => [];
    }
}
