using System.Text;
using CircuitGrid.Circuits.Tasks.Pairs;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tests.Tasks;

public sealed class CsvNumberTests
{
    [Theory]
    [InlineData("17", 17)]
    [InlineData(" -3 ", -3)]
    [InlineData("300.0", 300)]
    [InlineData("300.", 300)]
    public void TryParse_WholeNumber_IsRead(string field, int expected)
    {
        Assert.True(CsvNumber.TryParse(field, out var number));
        Assert.Equal(expected, number);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.5")]
    [InlineData("1e2")]
    [InlineData("300\0")]
    [InlineData("300.0\0")]
    [InlineData("1,000")]
    [InlineData("0x11")]
    [InlineData("3000000000")]
    public void TryParse_AnythingElse_IsNone(string field) => Assert.False(CsvNumber.TryParse(field, out _));

    [Theory]
    [InlineData(";", "semicolons")]
    [InlineData("\t", "tabs")]
    public void Parse_OtherSeparator_IsNamed(string separator, string name)
    {
        var text = string.Join(separator, "clean", "corrupted", "correct_idx", "incorrect_idx") + "\n" + string.Join(separator, "a", "b", "1", "2") + "\n";
        var error = Assert.Throws<InvalidInputException>(() => PairsFile.Parse(Encoding.UTF8.GetBytes(text), "p.csv", csv: true, MetricKind.LogitDifference, new()));
        Assert.StartsWith("p.csv: line 1: ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"separated by {name}, where commas are read", error.Message, StringComparison.Ordinal);
    }
}
