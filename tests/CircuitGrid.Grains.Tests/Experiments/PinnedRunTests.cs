using System.Collections.Immutable;
using System.Net;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Experiments;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Grains.Tests.Experiments;

/// <summary>Checkpoints of which only the files are known when they are planned: whenever their weights become known, each cell is done once and under its own key.</summary>
public sealed class PinnedRunTests : IDisposable
{
    private const string Model = "model-0";
    private static readonly CheckpointInfo Info = new(new(1, 2, Parallel: true, 8), 1000, 500, new(50, 64));
    private static readonly SiloAddress Silo = SiloAddress.New(IPAddress.Loopback, 1, 1);

    private readonly FakeSuite suite = FakeSuite.Of(models: 1, checkpoints: 3);
    private readonly SuiteFolder opened;
    private readonly ManualTime time = new();
    private readonly ExperimentRun run;

    public PinnedRunTests()
    {
        opened = SuiteFolder.Open(suite.Folder);
        run = new(new(), time, time.GetUtcNow(), suite.Experiment(["red"]));
    }

    public void Dispose() => suite.Dispose();

    [Fact]
    public void Results_OfWeightsReadByASilo_HaveTheirOwnKeys()
    {
        Take(Unread(0, "files"));
        var job = Send();
        Assert.Equal(KeyOf(KnownWeights.OfFiles("files")), Assert.Single(job.Cells).Key);
        Assert.False(run.NeedsJudgement);

        run.Merge(State(job, "files", new("own", "twin"), Finished()));
        Assert.Equal(KeyOf(new("own", "twin")), Result(0));
        Assert.True(run.NeedsJudgement);
        Assert.Equal(new KnownWeights("own", "twin"), Assert.Single(run.Checkpoints).Known);
    }

    [Fact]
    public void Take_PlanWithTheKeysOfWeightsThatAJobHasRead_SendsNothingTwice()
    {
        Take(Unread(0, "files"));
        var job = Send();

        // the silo has noted the weights in the store, and its word of them is late
        Take(Read(0, "files", "own"));
        Assert.Null(run.Next());
        run.Merge(State(job, "files", new("own", "own"), Finished()) with { Ended = true });
        Assert.Equal(KeyOf(new("own", "own")), Result(0));
        Assert.True(run.IsIdle);
    }

    [Fact]
    public void Take_PlanMadeBeforeTheWeightsWereRead_SendsNothingTwice()
    {
        Take(Unread(0, "files"));
        var job = Send();
        run.Merge(State(job, "files", new("own", "own")));
        Take(Unread(0, "files"));
        Assert.Null(run.Next());
        run.Merge(State(job, "files", new("own", "own"), Finished()));
        Assert.Equal(KeyOf(new("own", "own")), Result(0));
    }

    [Fact]
    public void Take_OtherFilesUnderTheSameName_AreSentOut()
    {
        Take(Unread(0, "files"));
        var job = Send();
        Take(Unread(0, "others"));
        Assert.Equal(KeyOf(KnownWeights.OfFiles("others")), Assert.Single(Send().Cells).Key);
        run.Merge(State(job, "files", new("own", "own"), Finished()));
        Assert.Empty(run.Results);
    }

    [Fact]
    public void Adopt_JobOfOtherFiles_IsLeftAlone()
    {
        Take(Unread(0, "others"));
        var old = Job();
        run.Adopt(Silo, State(old, "files", new("own", "own"), Finished()));
        Assert.Empty(run.Sent);
        Assert.Empty(run.Results);
        Assert.NotNull(run.Next());
    }

    [Fact]
    public void Adopt_JobOfTheSameFiles_IsTakenOver()
    {
        Take(Unread(0, "files"));
        run.Adopt(Silo, State(Job(), "files", new("own", "own"), Finished()));
        Assert.Null(run.Next());
        Assert.Equal(KeyOf(new("own", "own")), Result(0));
    }

    [Fact]
    public void Next_OfTwoCheckpointsWithTheSameFiles_ComesWhenTheFirstHasEnded()
    {
        Take(Unread(0, "files"), Unread(100, "files"), Unread(200, "others"));
        var first = Send();
        Assert.Equal(200, Send().Step);
        Assert.Null(run.Next());
        run.Merge(State(first, "files", new("own", "own"), Finished()) with { Ended = true });
        Assert.Equal(100, run.Next()!.Checkpoint.Step);
    }

    [Fact]
    public void Merge_CellsThatComeBackBecauseOfTheHub_AreSaidOnceAndWaitLongerEachTime()
    {
        Take(Unread(0, "files"));
        var pauses = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            var job = Send();
            run.Merge(State(job, "files", known: null, new CellReport { Task = "red", Kind = CellReportKind.Returned, Message = "hf:org/name: can't be reached", IsHindered = true }) with { Ended = true });
            var waited = 0.0;
            PendingCheckpoint? next;
            while ((next = run.Next()) is null)
            {
                time.Advance(TimeSpan.FromSeconds(0.25));
                waited += 0.25;
                Assert.InRange(waited, 0, 60);
            }

            run.PutBack(next);
            pauses.Add(waited);
        }

        Assert.Equal([0.25, 0.5, 1, 2], pauses);
        Assert.Equal("hf:org/name: can't be reached; trying again", Assert.Single(run.Events.After(0, int.MaxValue), e => e.Kind == GridEventKind.Noticed).Message);
    }

    [Fact]
    public void Merge_Transfers_AreToldOnceASecondAndNotKept()
    {
        Take(Unread(0, "files"), Unread(100, "others"));
        var (first, second) = (Send(), Send());
        for (var i = 1; i <= 20; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            run.Merge(State(first, "files", known: null) with { Fetch = new(i * 100_000, 10_000_000, IsEnded: false) });
            run.Merge(State(second, "others", known: null) with { Fetch = new(i * 50_000, 10_000_000, IsEnded: false) });
        }

        var told = Assert.Single(run.Events.After(0, int.MaxValue), e => e.Kind == GridEventKind.Fetching);
        Assert.Equal("2 checkpoints: 2.50 of 20.0 MB at 588 kB/s; the run waits for it", told.Message);
        Assert.InRange(run.Events.Last, 1 + 2 + 4, 1 + 2 + 5);
        run.Merge(State(first, "files", known: null) with { Fetch = new(10_000_000, 10_000_000, IsEnded: true) });
        run.Merge(State(first, "files", known: null) with { Fetch = new(10_000_000, 10_000_000, IsEnded: true) });
        Assert.Equal("fake/model-0@0: 10.0 MB", Assert.Single(run.Events.After(0, int.MaxValue), e => e.Kind == GridEventKind.Fetched).Message);
    }

    [Fact]
    public void Revise_OfACheckpointJudgedBeforeItsWeightsWereRead_KeepsItsKeys()
    {
        Take(Unread(0, "files"));
        var judged = Assert.Single(run.Checkpoints);
        var job = Send();
        run.Merge(State(job, "files", new("own", "own"), Finished()));
        run.Revise(judged with { Cells = [judged.Cells[0] with { LeftOut = "is a copy" }] });
        Assert.Equal(KeyOf(new("own", "own")), Result(0));
        Assert.True(Assert.Single(run.TakeRevised()).Arrival.IsLeftOut);
    }

    [Fact]
    public void Watch_WeightsReadSinceTheLastPlan_AreTheSameAndFailOnce()
    {
        var watching = new ExperimentRun(new(), time, time.GetUtcNow(), suite.Experiment(["red"]), _ => new("commit", DateTimeOffset.UnixEpoch));
        watching.Take(new(run.Spec, opened, [Unread(0, "files"), Unread(100, "others")], [], 1, 1));
        var pending = watching.Next()!;
        var job = Job(0, watching.OrdersFor(pending));
        watching.Send(job, pending);
        watching.Merge(State(job, "files", known: null, new CellReport { Task = "red", Kind = CellReportKind.Failed, Message = "isn't finite" }) with { Ended = true });

        watching.Take(new(run.Spec, opened, [Read(0, "files", "own"), Read(100, "others", "own too")], [], 1, 1));
        Assert.DoesNotContain(watching.Events.After(0, int.MaxValue), e => e.Kind == GridEventKind.Noticed);
        Assert.Single(watching.Events.After(0, int.MaxValue), e => e.Kind == GridEventKind.Failed);
        Assert.Equal(100, watching.Next()!.Checkpoint.Step);
        Assert.Null(watching.Next());

        watching.Take(new(run.Spec, opened, [Read(0, "new files", "another"), Read(100, "others", "own too")], [], 1, 1));
        Assert.StartsWith("fake/model-0@0: weights changed", Assert.Single(watching.Events.After(0, int.MaxValue), e => e.Kind == GridEventKind.Noticed).Message, StringComparison.Ordinal);
    }

    private static CellReport[] Finished() => [new() { Task = "red", Kind = CellReportKind.Finished }];

    private static JobState State(CheckpointJob job, string content, FoundWeights? known, params CellReport[] reports) =>
        new(job.Id, "e", Model, job.Step, ["red"], reports, Ended: false) { Content = content, Known = known };

    private static string KeyOf(KnownWeights weights) => Fingerprint(weights).Key.Value;

    private static CellFingerprint Fingerprint(KnownWeights weights) => new(weights.Digest, "examples", "analysis", "numerics", 1);

    private static CheckpointJob Job(int step = 0, CellOrder[]? cells = null) => new()
    {
        Id = Guid.NewGuid().ToString("N"),
        Experiment = "e",
        Yaml = "",
        Model = Model,
        Step = step,
        Cells = cells ?? [],
        Lease = new(Silo, Guid.NewGuid()),
    };

    private void Take(params PlannedCheckpoint[] checkpoints) => run.Take(new(run.Spec, opened, [.. checkpoints], [], 1, 1));

    private CheckpointJob Send()
    {
        var pending = run.Next();
        Assert.NotNull(pending);
        var job = Job(pending.Checkpoint.Step, run.OrdersFor(pending));
        run.Send(job, pending);
        return job;
    }

    private string Result(int step) => run.Results[(Model, "red")][step].Key;

    private PlannedCheckpoint Unread(int step, string content) => Checkpoint(step, content, KnownWeights.OfFiles(content));

    private PlannedCheckpoint Read(int step, string content, string own) => Checkpoint(step, content, new(own, own));

    private PlannedCheckpoint Checkpoint(int step, string content, KnownWeights known)
    {
        ImmutableArray<PlannedCell> cells =
        [
            new PlannedCell
            {
                Id = new(opened.Name, Model, step, "red"),
                Tokens = step,
                Action = CellAction.Run,
                Reason = PlanReason.New,
                Why = "new",
                Fingerprint = Fingerprint(known),
            },
        ];
        return new(opened.Models[0], step, Info, cells) { Content = content, Known = known };
    }
}
