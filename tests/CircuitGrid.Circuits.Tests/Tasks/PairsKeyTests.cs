using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Pairs;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>One key of a pairs file renamed, added, said twice or of another type: an error, or the same examples, never others.</summary>
public sealed class PairsKeyTests
{
    private const string Sound = """{"clean": [1, 2, 3, 4], "corrupted": [5, 2, 3, 6], "correct": [7], "incorrect": [8, 9], "position": 1, "template": "t", "id": 3, "comment": "c"}""";

    private static readonly Example s_original = Read(Sound)!;

    [Fact]
    public void Read_ARenamedKey_IsRefusedOrChangesNothing()
    {
        var harmless = new HashSet<string>(["id", "comment", "template"], StringComparer.Ordinal);
        foreach (var key in Keys())
        {
            foreach (var slip in KeySlips.Of(key))
            {
                Check(Sound.Replace($"\"{key}\"", $"\"{slip}\"", StringComparison.Ordinal), isSame: harmless.Contains(key) ? null : false);
            }
        }
    }

    [Fact]
    public void Read_AnAddedKey_IsRefusedWhateverItsValue()
    {
        foreach (var key in Keys().SelectMany(KeySlips.Of).Except(Keys(), StringComparer.Ordinal))
        {
            foreach (var value in (string[])["0", "null", "false", "\"\"", "[]", "{}", "1"])
            {
                Check(Sound.Replace("{", $"{{{System.Text.Json.JsonSerializer.Serialize(key)}: {value}, ", StringComparison.Ordinal), isSame: false);
            }
        }
    }

    [Fact]
    public void Read_AKeySaidTwice_IsRefused()
    {
        foreach (var key in Keys())
        {
            Check(Sound.Replace("{", $"{{\"{key}\": 0, ", StringComparison.Ordinal), isSame: false);
        }
    }

    [Fact]
    public void Read_AValueOfAnotherType_IsRefusedOrChangesNothing()
    {
        foreach (var key in Keys())
        {
            // An optional key that is null is one that isn't there, and what is only a description may be anything.
            string[] values = key switch
            {
                "id" or "comment" => [],
                "position" => ["\"1\"", "[1]", "{}", "true", "1.5"],
                "template" => ["1", "[1]", "{}", "true"],
                "clean" or "corrupted" => ["1", "{}", "true", "null", "[\"1\"]", "[[1]]", "[1.5]"],
                _ => ["7", "\"7\"", "{}", "true", "null", "[\"7\"]", "[[7]]", "[7.5]", "[null]"],
            };
            foreach (var value in values)
            {
                var line = JsonNode.Parse(Sound)!.AsObject();
                line[key] = JsonNode.Parse(value);
                Check(line.ToJsonString(), isSame: false);
            }
        }
    }

    private static IEnumerable<string> Keys() => JsonNode.Parse(Sound)!.AsObject().Select(x => x.Key);

    private static void Check(string line, bool? isSame)
    {
        var example = Read(line);
        Assert.True(example is null ? isSame is not true : isSame is not false, line);
        if (example is not null)
        {
            Assert.Equal(s_original.Clean, example.Clean);
            Assert.Equal(s_original.Corrupted, example.Corrupted);
            Assert.Equal(s_original.Correct, example.Correct);
            Assert.Equal(s_original.Incorrect, example.Incorrect);
        }
    }

    private static Example? Read(string line)
    {
        try
        {
            return PairsFile.Parse(Encoding.UTF8.GetBytes(line), "pairs", csv: false, MetricKind.LogitDifference, new()).Examples[0];
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }
}
