using System.Globalization;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Tests.Fakes;

/// <summary>A suite of folders with a text for weights, in a temporary folder that goes with it.</summary>
internal sealed class FakeSuite : IDisposable
{
    public FakeSuite()
    {
        Root = Directory.CreateTempSubdirectory("circuitgrid-").FullName;
        Folder = Path.Combine(Root, "fake");
        Directory.CreateDirectory(Folder);
    }

    /// <summary>For whatever else a test needs.</summary>
    public string Root { get; }

    public string Folder { get; }

    public string StorePath => Path.Combine(Root, "store.db");

    /// <summary>A suite of so many models and checkpoints.</summary>
    public static FakeSuite Of(int models, int checkpoints)
    {
        var suite = new FakeSuite();
        for (var m = 0; m < models; m++)
        {
            for (var c = 0; c < checkpoints; c++)
            {
                suite.Write("model-" + m, c * 100, layers: 1 + m, seed: (100 * m) + c);
            }
        }

        return suite;
    }

    public static ExperimentSpec Experiment(string folder, params string[] tasks) => new()
    {
        Name = "fake",
        Suite = folder,
        Tasks = [.. (tasks is [] ? ["red", "green"] : tasks).Select(t => new TaskSpec(t) { Count = 12 })],
    };

    public ExperimentSpec Experiment(params string[] tasks) => Experiment(Folder, tasks);

    public string CheckpointFolder(string model, int step) => Path.Combine(Folder, model, string.Create(CultureInfo.InvariantCulture, $"step{step}"));

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="skill">Mean metric of its tasks.</param>
    public void Write(string model, int step, int layers = 2, int seed = 1, double skill = 3, string text = "")
    {
        var folder = CheckpointFolder(model, step);
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, FakeSource.WeightsName),
            string.Create(CultureInfo.InvariantCulture, $"{layers} 2 {seed} {skill} {text}"));
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
