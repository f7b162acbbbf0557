using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Experiments;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Grains.Tests.Experiments;

/// <summary>What has come since a plan was made.</summary>
public sealed class ReadyCheckpointsTests
{
    private readonly FakeSuite suite = FakeSuite.Of(models: 2, checkpoints: 3);

    [Fact]
    public void Since_NewCheckpoints_AreThoseOfTheExperimentThatAreWhole()
    {
        using (suite)
        {
            var before = Look();
            Assert.Empty(Look().Since(before)!);
            suite.Write("model-0", 700);
            suite.Write("model-1", 800);
            suite.Write("model-1", 900);
            File.WriteAllText(Path.Combine(suite.CheckpointFolder("model-1", 900), "partial"), "");
            suite.Write("model-2", 0);
            Assert.Equal([("model-0", 700), ("model-1", 800)], Look().Since(before)!.Select(c => (c.Model.Name, c.Step)));

            File.Delete(Path.Combine(suite.CheckpointFolder("model-1", 900), "partial"));
            Assert.Equal([("model-0", 700), ("model-1", 800), ("model-1", 900)], Look().Since(before)!.Select(c => (c.Model.Name, c.Step)));
        }
    }

    [Fact]
    public void Since_KnownCheckpointThatChangedOrWent_IsNotAnswered()
    {
        using (suite)
        {
            var before = Look();
            suite.Write("model-0", 100, seed: 1234);
            Assert.Null(Look().Since(before));
            Directory.Delete(suite.CheckpointFolder("model-0", 100), recursive: true);
            Assert.Null(Look().Since(before));
            before = Look();
            suite.Write("model-0", 100);
            Assert.Equal(100, Assert.Single(Look().Since(before)!).Step);
        }
    }

    private ReadyCheckpoints Look() =>
        ReadyCheckpoints.Of(suite.Experiment() with { Models = ["model-0", "model-1"] }, SuiteFolder.Open(suite.Folder), new FakeSource().StateOf);
}
