using CircuitGrid.Compute;
using CircuitGrid.Models.Tests.Checkpoints;
using CircuitGrid.Models.Tests.Files;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Models.Tests.Training;

public sealed class TrainingRecordTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        TrainingRecord.Write(_folder.Path, "abc", new TrainingOptions { Steps = 40, Seed = 7, PeakLearningRate = 0.25 }, [.. Enumerable.Repeat(2f, 20), .. Enumerable.Repeat(1.5f, 20)]);

        var record = TrainingRecord.Read(_folder["training.json"]);

        Assert.Equal(("abc", 7, 40, 0.25), (record.Fingerprint, record.Seed, record.Steps, record.PeakLearningRate));
        Assert.Equal([2, 1.5], record.Loss);
    }

    [Fact]
    public void Read_AnyChangeOfAKey_IsAnErrorOrChangesNothing() => KeyChanges.AssertNoneIsMissed(
        """{"fingerprint": "abc", "seed": 7, "steps": 40, "peakLearningRate": 0.25, "loss": [2, 1.5]}""",
        (json, _) =>
        {
            File.WriteAllText(_folder["training.json"], json);
            var record = TrainingRecord.Read(_folder["training.json"]);
            return $"{record.Fingerprint} {record.Seed} {record.Steps} {record.PeakLearningRate} {string.Join(',', record.Loss)}";
        },
        open: [],
        names: [],
        nulls: []);

    [Theory]
    [InlineData("{}", "fingerprint is missing")]
    [InlineData("[]", "is a list, not a JSON object")]
    [InlineData("""{"fingerprint": "abc", "seed": 1.5}""", "seed is 1.5; it must be a whole number")]
    public void Read_WhatIsNoRecord_SaysWhy(string json, string reason)
    {
        File.WriteAllText(_folder["training.json"], json);

        Assert.StartsWith($"{_folder["training.json"]}: {reason}", Assert.Throws<InvalidInputException>(() => TrainingRecord.Read(_folder["training.json"])).Message, StringComparison.Ordinal);
    }
}
