using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Files;

public sealed class NearestNameTests
{
    private static readonly string[] s_known = ["clean", "corrupted", "correct", "incorrect", "position", "id", "template", "num_attention_heads", "rotary_pct"];

    [Theory]
    [InlineData("postion", "position")]
    [InlineData("Position", "position")]
    [InlineData("pos", "position")]
    [InlineData("POSITION", "position")]
    [InlineData("positions", "position")]
    [InlineData("clean ", "clean")]
    [InlineData("clan", "clean")]
    [InlineData("corupted", "corrupted")]
    [InlineData("num_attention_head", "num_attention_heads")]
    [InlineData("numAttentionHeads", "num_attention_heads")]
    [InlineData("rotary-pct", "rotary_pct")]
    [InlineData("ID", "id")]
    public void IsSlip_KnownNameMistyped_IsFound(string name, string meant)
    {
        Assert.True(NearestName.IsSlip(name, s_known, out var found));
        Assert.Equal(meant, found);
    }

    [Theory]
    [InlineData("position")]
    [InlineData("comment")]
    [InlineData("in")]
    [InlineData("it")]
    [InlineData("label")]
    [InlineData("num_key_value_heads")]
    [InlineData("rope_theta")]
    public void IsSlip_KnownOrOtherName_IsNone(string name) => Assert.False(NearestName.IsSlip(name, s_known, out _));
}
