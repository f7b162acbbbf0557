using System.Collections.Immutable;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Files;

public sealed class JsonInputTests
{
    private static readonly ImmutableHashSet<string> s_harmless = ["torch_dtype", "use_cache"];

    [Fact]
    public void Finish_KeyThatWasNeverAskedFor_IsAnErrorWithTheNearest()
    {
        var json = Parse("""{"name": "x", "tokens_per_step": 3, "inner": {"a": 1, "b": 2}}""");
        Assert.Equal("x", json.FindString("name"));
        Assert.Null(json.FindInteger("tokensPerStep", 1, 9));
        var inner = json.FindObject("inner")!;
        Assert.Equal(1, inner.FindInteger("a", 0, 9));

        Assert.Equal("suite.json: has no key 'tokens_per_step'; did you mean 'tokensPerStep'?", Message(json.Finish));
        Assert.Equal("suite.json: inner has no key 'b'; did you mean 'a'?", Message(inner.Finish));
    }

    [Theory]
    [InlineData("hidden_sizes", "null")]
    [InlineData("hiddenSize", "0")]
    [InlineData("Hidden_Size", "512")]
    [InlineData("hidden", "[]")]
    [InlineData("use_cach", "false")]
    public void FinishForeign_KeyThatResemblesAKnownOne_IsAnErrorWhateverItsValue(string key, string value)
    {
        var json = Parse($$"""{"hidden_size": 512, "{{key}}": {{value}}}""");
        json.FindInteger("hidden_size", 1, 1024);
        Assert.StartsWith($"suite.json: has a key '{key}'; did you mean '", Message(() => json.FinishForeign(s_harmless, new ForeignKeys())), StringComparison.Ordinal);
        json.FinishForeign(s_harmless, new ForeignKeys([key]));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("false")]
    [InlineData("0")]
    [InlineData("0.0")]
    [InlineData("\"\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    public void FinishForeign_UnknownKeyWithoutAValue_IsNoted(string value)
    {
        var foreign = new ForeignKeys();
        Parse($$"""{"torch_dtype": "float16", "gate": {{value}}}""").FinishForeign(s_harmless, foreign);
        Assert.Equal([new ForeignNote("suite.json", $"has a key 'gate', which isn't known; it is {value} and is passed over")], foreign.Notes);
        Assert.Empty(foreign.PassedOver);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("1e-9")]
    [InlineData("\"no\"")]
    [InlineData("[0]")]
    [InlineData("{\"a\": null}")]
    public void FinishForeign_UnknownKeyWithAValue_IsAnErrorThatSaysHowToIgnoreIt(string value)
    {
        var json = Parse($$"""{"gate": {{value}}}""");
        var message = Message(() => json.FinishForeign(s_harmless, new ForeignKeys()));
        Assert.StartsWith($"suite.json: has a key 'gate', which isn't known; it is {value}.", message, StringComparison.Ordinal);
        Assert.Contains("--ignore-key gate", message, StringComparison.Ordinal);
        Assert.Contains("ignore: [gate]", message, StringComparison.Ordinal);

        var foreign = new ForeignKeys(["gate", "not there"]);
        json.FinishForeign(s_harmless, foreign);
        Assert.Equal([new ForeignNote("suite.json", "gate")], foreign.PassedOver);
        Assert.Empty(foreign.Notes);
    }

    private static JsonInput Parse(string text) => JsonInput.Parse("suite.json", Encoding.UTF8.GetBytes(text));

    private static string Message(Action action) => Assert.ThrowsAny<InvalidInputException>(action).Message;
}
