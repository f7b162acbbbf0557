using System.Text;
using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Files;

public sealed class PythonNumbersTests
{
    [Theory]
    [InlineData("""{"a": NaN, "b": [Infinity, -Infinity,NaN]}""", """{"a": null, "b": [9e999999, -9e999999,null]}""")]
    [InlineData("NaN", "null")]
    [InlineData("""{"NaN": "NaN, -Infinity", "\"NaN": "\\", "x": NaN}""", """{"NaN": "NaN, -Infinity", "\"NaN": "\\", "x": null}""")]
    [InlineData("""["\\\"NaN", NaN]""", """["\\\"NaN", null]""")]
    public void ToJson_WordsOutsideStrings_BecomeJson(string python, string json) => Assert.Equal(json, Replaced(python));

    [Theory]
    [InlineData("""{"a": 1, "b": "NaN"}""")]
    [InlineData("""[1NaN, NaN1, xNaN, NaNs, 1Infinity, Infinity5, nan, Inf, NANA]""")]
    [InlineData("""["an open string NaN""")]
    [InlineData("""["an escape at the end \""")]
    [InlineData("")]
    public void ToJson_WhatHasNoSuchWord_IsTheSameMemory(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text).AsMemory();
        Assert.True(utf8.Equals(PythonNumbers.ToJson(utf8)));
    }

    [Fact]
    public void ToJson_RandomDocuments_HaveTheValuesTheyWereWrittenWith()
    {
        var random = new Random(4);
        for (var round = 0; round < 500; round++)
        {
            var (text, values) = Document(random);
            using var json = JsonDocument.Parse(Replaced(text));
            Assert.Equal(values, json.RootElement.EnumerateArray().Select(Read));
        }

        static object? Read(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => value.GetString(),
            _ => value.GetDouble(),
        };
    }

    /// <summary>A list as Python writes it, and what it holds.</summary>
    private static (string Text, List<object?> Values) Document(Random random)
    {
        var (items, values) = (new List<string>(), new List<object?>());
        for (var n = random.Next(1, 12); n > 0; n--)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => ((string[])["NaN", "\"", "\\", ", ", "Infinity", "é", "-"])[random.Next(7)]));
            (string Item, object? Value) next = random.Next(5) switch
            {
                0 => ("NaN", null),
                1 => ("Infinity", double.PositiveInfinity),
                2 => ("-Infinity", double.NegativeInfinity),
                3 => ("-1.5e-07", -1.5e-07),
                _ => (JsonSerializer.Serialize(text), text),
            };
            items.Add(next.Item);
            values.Add(next.Value);
        }

        return ($"[{string.Join(random.Next(2) == 0 ? ", " : ",", items)}]", values);
    }

    private static string Replaced(string text) => Encoding.UTF8.GetString(PythonNumbers.ToJson(Encoding.UTF8.GetBytes(text)).Span);
}
