using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Experiments;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Grains.Tests.Experiments;

/// <summary>
/// Whatever comes, changes, goes and fails, in whichever order word of it arrives: every cell is in one count, none is forgotten, and what fails is reported once for
/// the files it fails with. What is true is kept beside it in plain sets.
/// </summary>
public sealed class ExperimentRunTests : IDisposable
{
    private const string Model = "model-0";
    private const int Steps = 6;
    private static readonly string[] Tasks = ["red", "green"];
    private static readonly CheckpointInfo Info = new(new(1, 2, Parallel: true, 8), 1000, 500, new(50, 64));

    private readonly FakeSuite suite = FakeSuite.Of(models: 1, checkpoints: Steps);
    private readonly SuiteFolder opened;
    private readonly ManualTime time = new();
    private readonly ExperimentRun run;

    /// <summary>The checkpoints there are: their weights, and a number for every time they were written.</summary>
    private readonly SortedDictionary<int, (int Weights, int Written)> there = [];
    private readonly HashSet<string> stored = new(StringComparer.Ordinal);
    private readonly List<Job> silo = [];
    private readonly HashSet<(string Cell, int Written)> failed = [];
    private int written;
    private long heard;

    public ExperimentRunTests()
    {
        opened = SuiteFolder.Open(suite.Folder);
        run = new(new(), time, time.GetUtcNow(), suite.Experiment(Tasks), folder => StateOf(folder));
    }

    public void Dispose() => suite.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Counts_OfAnyHistory_AddUp(int seed)
    {
        var random = new Random(seed);
        Write(0, weights: 1);
        Take();
        for (var i = 0; i < 600; i++)
        {
            Act(random);
            Check();
        }

        // left alone, everything comes to its end
        for (var i = 0; i < 200 && !(run.IsIdle && !run.NeedsPlan && silo.Count == 0); i++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            if (run.NeedsPlan)
            {
                Take();
            }

            Send();
            silo.ToList().ForEach(job => End(job));
            Check();
        }

        var cells = Written().SelectMany(s => Tasks.Select(t => (Step: s, Task: t))).ToList();
        var now = run.Progress.View();
        Assert.Equal((0, 0), (now.Running, Waiting(now)));
        Assert.Equal(cells.Count(c => IsGood(c.Step, c.Task)), now.Kept + now.Finished);
        Assert.Equal(cells.Count(c => !IsGood(c.Step, c.Task)), now.Failed);
        Assert.All(cells.Where(c => IsGood(c.Step, c.Task)), c => Assert.Contains(KeyOf(c.Step, c.Task), stored));
        Assert.Equal(
            cells.Where(c => IsGood(c.Step, c.Task)).Select(c => (c.Step, c.Task, KeyOf(c.Step, c.Task))).Order(),
            run.Results.SelectMany(r => r.Value.Values.Select(a => (a.Step, r.Key.Task, a.Key))).Order());
    }

    [Fact]
    public void Take_FinishedCellsWithOtherWeights_AreCountedOnce()
    {
        Write(0, weights: 1);
        Write(100, weights: 1);
        Take();
        Compute();
        Assert.Equal((4, 0, 4, 0), Counts());
        Write(100, weights: 2);
        Take();
        Assert.Equal((4, 0, 2, 0), Counts());
        Assert.Equal("fake/model-0@100: weights changed; it is computed again", Note());
        Compute();
        Assert.Equal((4, 0, 4, 0), Counts());

        there.Remove(0);
        Take();
        Assert.Equal((2, 0, 2, 0), Counts());
    }

    [Fact]
    public void Take_CheckpointThatChangesWhileItIsComputed_IsSentOutAgain()
    {
        Write(0, weights: 1);
        Take();
        Send();
        var old = Assert.Single(silo);
        Report(old, old.Reports.Count);
        old.Reports.Add(new() { Task = "red", Kind = CellReportKind.Started });
        Report(old, 1);
        Assert.Equal(1, run.Progress.View().Running);
        Write(0, weights: 2);
        Take();
        Assert.Equal((2, 0, 0, 0), Counts());
        stored.Add(KeyOf(0, "red", weights: 1));
        old.Reports.Add(new() { Task = "red", Kind = CellReportKind.Finished });
        Report(old, 2, ended: true);
        silo.Remove(old);
        Assert.Equal((2, 0, 0, 0), Counts());
        Assert.Empty(run.Results);
        Compute();
        Assert.Equal((2, 0, 2, 0), Counts());
        Assert.Contains(KeyOf(0, "red"), stored);
    }

    [Fact]
    public void Take_CellsThatFailed_AreNotTriedAgainBeforeTheirFilesChange()
    {
        Write(0, weights: 7);
        Write(100, weights: 1);
        Take();
        Compute();
        Assert.Equal((4, 0, 3, 1), Counts());
        Write(200, weights: 1);
        Take();
        Assert.Equal((6, 0, 3, 1), Counts());
        Compute();
        Assert.Equal("fake/model-0@0/red", Assert.Single(failed).Cell);

        // unusable altogether, and the same again when its files are written anew
        Write(100, weights: 9);
        Take();
        Take();
        Check();
        Assert.Equal(3, failed.Count);
        Write(100, weights: 9);
        Take();
        Check();
        Assert.Equal(5, failed.Count);
        Assert.Equal((6, 0, 3, 3), Counts());
    }

    [Fact]
    public void Take_WeightsThatAreOnlyZeros_AreWaitedForAndSaidOnce()
    {
        Write(0, weights: 1);
        Write(100, weights: 0);
        Take();
        Take();
        Assert.Equal((2, 0, 0, 0), Counts());
        Assert.Equal("fake/model-0@100: nothing is written; waiting until its files change", Note());
        Write(100, weights: 1);
        Take();
        Assert.Equal((4, 0, 0, 0), Counts());
    }

    /// <summary>One thing that may happen, and word of it at once, later, twice or never.</summary>
    private void Act(Random random)
    {
        var step = 100 * random.Next(Steps);
        switch (random.Next(12))
        {
            case 0 when !there.ContainsKey(step):
                Write(step, random.Next(10));
                if (!run.Knows(Model, step))
                {
                    run.Add(Checkpoint(step));
                }

                break;
            case 1:
                Write(step, random.Next(10));
                Take();
                break;
            case 2:
                there.Remove(step);
                Take();
                break;
            case 3:
                Take();
                break;
            case 4 or 5:
                Send(isForeign: random.Next(4) == 0);
                break;
            case 6 when silo.Count > 0:
                // a silo dies, and nobody hears what it did last
                var dead = silo[random.Next(silo.Count)];
                silo.Remove(dead);
                if (run.Sent.FirstOrDefault(j => j.Id == dead.Id) is { } sent)
                {
                    run.Lose(sent);
                }

                break;
            case 7 when silo.Count > 0:
                End(silo[random.Next(silo.Count)]);
                break;
            default:
                if (silo.Count > 0)
                {
                    var job = silo[random.Next(silo.Count)];
                    Advance(job);
                    Report(job, random.Next(job.Reports.Count + 1));
                }

                break;
        }

        if (run.NeedsPlan)
        {
            Take();
        }
    }

    private void Check()
    {
        foreach (var happened in run.Events.After(heard, int.MaxValue))
        {
            heard = happened.Sequence;
            AssertAddsUp(happened.Progress);
            if (happened is { Kind: GridEventKind.Failed, Cell: { } name } && CellId.TryParse(name, out var cell))
            {
                // word of a failure is the latest there is, so that the files are those there are now
                Assert.True(failed.Add((name, there[cell.Step].Written)), $"{name} was reported twice");
            }
        }

        var now = run.Progress.View();
        AssertAddsUp(now);
        Assert.Equal(Tasks.Length * Written().Count(), now.Total);
    }

    private static void AssertAddsUp(ProgressView now)
    {
        Assert.All([now.Kept, now.Finished, now.Failed, now.Running, Waiting(now)], count => Assert.InRange(count, 0, now.Total));
        Assert.Equal(now.Total, now.Kept + now.Finished + now.Failed + now.Running + Waiting(now));
    }

    private static int Waiting(ProgressView now) => new GridProgress(now.Total, now.Kept, now.Finished, now.Failed, now.Running, now.Elapsed, now.Left).Waiting;

    private void Compute()
    {
        for (var i = 0; i < 100 && !run.IsIdle; i++)
        {
            Send();
            silo.ToList().ForEach(End);
        }

        Assert.True(run.IsIdle);
        Check();
    }

    private (int Total, int Kept, int Finished, int Failed) Counts()
    {
        Check();
        var now = run.Progress.View();
        return (now.Total, now.Kept, now.Finished, now.Failed);
    }

    private string Note() => Assert.Single(run.Events.After(0, int.MaxValue), e => e.Kind == GridEventKind.Noticed).Message!;

    private void Write(int step, int weights) => there[step] = (weights, ++written);

    private void Take() => run.Take(new(run.Spec, opened, [.. there.Keys.Select(Checkpoint)], [], 1, 1));

    /// <param name="isForeign">To a silo of another version, which plans every checkpoint otherwise.</param>
    private void Send(bool isForeign = false)
    {
        if (run.Next() is { } pending)
        {
            var job = new CheckpointJob
            {
                Id = Guid.NewGuid().ToString("N"),
                Experiment = "e",
                Yaml = "",
                Model = Model,
                Step = pending.Checkpoint.Step,
                Cells = run.OrdersFor(pending),
                Lease = new(SiloAddress.New(IPAddress.Loopback, 1, 1), Guid.NewGuid()),
            };
            run.Send(job, pending);
            silo.Add(new(job.Id, job, isForeign));
        }
    }

    /// <summary>Does the next thing of a job: begins a cell, or ends the one begun.</summary>
    private void Advance(Job job)
    {
        if (job.Reports.Count == 2 * job.Of.Cells.Length)
        {
            return;
        }

        var order = job.Of.Cells[job.Reports.Count / 2];
        var isOther = job.IsForeign || !there.ContainsKey(job.Of.Step) || KeyOf(job.Of.Step, order.Task) != order.Key;
        job.Reports.Add(
            job.Reports.Count % 2 == 0 ? new() { Task = order.Task, Kind = CellReportKind.Started }
            : isOther ? new() { Task = order.Task, Kind = CellReportKind.Returned, NeedsPlan = true }
            : !IsGood(job.Of.Step, order.Task) ? new() { Task = order.Task, Kind = CellReportKind.Failed, Message = "isn't finite" }
            : new() { Task = order.Task, Kind = stored.Add(order.Key) ? CellReportKind.Finished : CellReportKind.Found });
    }

    private void End(Job job)
    {
        while (job.Reports.Count < 2 * job.Of.Cells.Length)
        {
            Advance(job);
        }

        Report(job, job.Reports.Count, ended: true);
        silo.Remove(job);
    }

    private void Report(Job job, int reports, bool ended = false) =>
        run.Merge(new(job.Id, "e", Model, job.Of.Step, [.. job.Of.Cells.Select(c => c.Task)], [.. job.Reports.Take(reports)], ended));

    /// <summary>Checkpoints something is written in.</summary>
    private IEnumerable<int> Written() => there.Where(c => c.Value.Weights != 0).Select(c => c.Key);

    /// <summary>Weights 7 fail on red and weights 8 on everything when they are computed, and weights 9 can't be used.</summary>
    private bool IsGood(int step, string task) => there[step].Weights switch
    {
        7 => task != "red",
        8 or 9 => false,
        _ => true,
    };

    private string KeyOf(int step, string task, int? weights = null) => Fingerprint(step, task, weights ?? there[step].Weights).Key.Value;

    private static CellFingerprint Fingerprint(int step, string task, int weights) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{step} {weights}"), task, "analysis", "numerics", 1);

    private FolderState? StateOf(string folder) =>
        there.Where(c => opened.Models[0].StepFolder(c.Key) == folder).Select(c => new FolderState(c.Value.Written.ToString(CultureInfo.InvariantCulture), DateTimeOffset.UnixEpoch)).FirstOrDefault();

    private PlannedCheckpoint Checkpoint(int step)
    {
        var (weights, _) = there[step];
        var isUsable = weights is not (0 or 9);
        ImmutableArray<PlannedCell> cells =
        [
            .. Tasks.Select(task => new PlannedCell
            {
                Id = new(opened.Name, Model, step, task),
                Tokens = step,
                Action = !isUsable ? CellAction.Skip : stored.Contains(KeyOf(step, task)) ? CellAction.Keep : CellAction.Run,
                Reason = isUsable ? PlanReason.New : PlanReason.Unusable,
                Why = weights == 0 ? "nothing is written" : "why",
                Fingerprint = isUsable ? Fingerprint(step, task, weights) : null,
            }),
        ];
        return new(opened.Models[0], step, isUsable ? Info : null, cells) { IsUnwritten = weights == 0 };
    }

    private sealed record Job(string Id, CheckpointJob Of, bool IsForeign)
    {
        public List<CellReport> Reports { get; } = [];
    }
}
