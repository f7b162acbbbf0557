using CircuitGrid.Compute;
using CircuitGrid.Models.Suites.Names;

namespace CircuitGrid.Models.Tests.Suites.Names;

public sealed class NamePatternTests
{
    [Fact]
    public void Read_OwnPattern_GivesItsGroups()
    {
        var pattern = NamePattern.Parse(@"run(?<seed>\d+)\.p(?<stage>\d+)(?<branch>[a-z]?)/(?<step>\d+)@(?<tokens>[\d.]+)(?<unit>M)?", "here");

        var read = pattern.Read("run7.p2b/300@1.5M")!.Name!;

        Assert.Equal((300, 1_500_000L, "seed7", "stage2", "b"), (read.Step, read.Tokens, read.Seed, read.Stage, read.Branch));
        Assert.Equal(".stage2.b.seed7", read.Suffix);
        Assert.Null(pattern.Read("run7.p2/300@1.5Mx"));
        Assert.Null(pattern.Read("run7.p2/300@1")!.Name!.Branch);
    }

    [Theory]
    [InlineData("", "a pattern has 1 to 1000 characters, this one 0")]
    [InlineData("(", "'(' is no pattern: ")]
    [InlineData(@"(?<step>\d+)(?=x)", "is no pattern: ")]
    [InlineData(@"(?<step>\d+)\k<step>", "is no pattern: ")]
    [InlineData(@"(?<stepp>\d+)", "a pattern has no group 'stepp'; did you mean 'step'?")]
    [InlineData(@"step(\d+)", @"'step(\d+)' has none of the groups (?<step>…), (?<epoch>…) and (?<tokens>…); one is needed")]
    [InlineData(@"(?<step>\d+)-(?<epoch>\d+)", "has both (?<step>…) and (?<epoch>…)")]
    [InlineData(@"(?<step>\d)x(?<step>\d+)", "has (?<step>…) twice")]
    [InlineData(@"(?<step>\d+)(?<unit>B)", "has a (?<unit>…) without (?<tokens>…)")]
    public void Parse_WhatIsNoPattern_SaysWhy(string text, string reason)
    {
        var error = Assert.Throws<InvalidInputException>(() => NamePattern.Parse(text, "here"));

        Assert.StartsWith("here: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.5", "has '1.5' for its step; a step is a whole number to 2147483647")]
    [InlineData("x", "has 'x' for its step")]
    [InlineData("", "has neither a step nor tokens")]
    public void Read_ValueThatIsNoStep_IsAFault(string step, string fault) =>
        Assert.StartsWith(fault, NamePattern.Parse("s(?<step>.*)", "here").Read("s" + step)!.Fault, StringComparison.Ordinal);

    [Theory]
    [InlineData("2,5B")]
    [InlineData("99999999T")]
    public void Read_ValueThatIsNoNumberOfTokens_IsAFault(string tokens) =>
        Assert.StartsWith($"has '{tokens}' for its tokens", NamePattern.Parse("(?<tokens>.*)", "here").Read(tokens)!.Fault, StringComparison.Ordinal);
}
