namespace CircuitGrid.Models.Tests.Tokenization.Reference;

/// <summary>Tokenizers made here, after the rules of suites whose files can't be had here, against the reference on 20,000 texts each.</summary>
public sealed class StandInTokenizerTests
{
    private const int Texts = 20_000;

    public static TheoryData<string> Names { get; } = [.. StandIns.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_StandIn_GivesTheReferencesIdsAndTexts(string name) => Comparison.AssertEqual(StandIns.Create(name), Texts, seed: 2);
}
