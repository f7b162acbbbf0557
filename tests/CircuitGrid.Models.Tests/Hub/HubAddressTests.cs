using CircuitGrid.Compute;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Models.Tests.Hub;

/// <summary>What people write for suites on the hub.</summary>
public sealed class HubAddressTests
{
    [Theory]
    [InlineData("hf:gpt2", "gpt2")]
    [InlineData("hf:EleutherAI/pythia-160m", "EleutherAI/pythia-160m")]
    [InlineData("hf:EleutherAI/pythia-{70m,160m,410m}", "EleutherAI/pythia-70m EleutherAI/pythia-160m EleutherAI/pythia-410m")]
    [InlineData("hf:EleutherAI/pythia-14m-seed{1..3}", "EleutherAI/pythia-14m-seed1 EleutherAI/pythia-14m-seed2 EleutherAI/pythia-14m-seed3")]
    [InlineData("hf:a/x{08..11}", "a/x08 a/x09 a/x10 a/x11")]
    [InlineData("hf:a/x{3..1}", "a/x3 a/x2 a/x1")]
    [InlineData("hf:{a/b,c/d-{1,2}}", "a/b c/d-1 c/d-2")]
    [InlineData("hf:a/x{,-deduped}", "a/x a/x-deduped")]
    public void Repositories_OfBraces_AreAllAlternatives(string text, string expected) =>
        Assert.Equal(expected.Split(' '), HubAddress.Parse(text).Selections.Select(s => s.Repository));

    [Theory]
    [InlineData("hf:a/b", "main step1", "")]
    [InlineData("hf:a/b@step*", "main step1 step10 xstep1", "step1 step10")]
    [InlineData("hf:a/b@iter_000?000", "iter_0001000 iter_0011000 iter_00010000", "iter_0001000")]
    [InlineData("hf:a/b@{main,step1}", "main step1 step2", "main step1")]
    [InlineData("hf:a/b@*-tokens*B", "step1-tokens2B step1-tokens2T tokens3B", "step1-tokens2B")]
    [InlineData("hf:a/b@*", "a/b c", "a/b c")]
    public void Revisions_OfAPattern_AreThoseThatFit(string text, string revisions, string expected)
    {
        var selection = Assert.Single(HubAddress.Parse(text).Selections);
        Assert.Equal(expected, string.Join(' ', revisions.Split(' ').Where(selection.Names)));
    }

    /// <summary>Against the plain definition: a star is any text, tried one after the other.</summary>
    [Fact]
    public void Patterns_OfAnyLetters_MatchAsTheirDefinition()
    {
        var random = new Random(18);
        for (var i = 0; i < 5000; i++)
        {
            var pattern = Text(random, "ab*?");
            var name = Text(random, "ab");
            Assert.Equal(Fits(pattern, name), new RevisionPattern(pattern).Includes(name));
        }

        static string Text(Random random, string letters) => new([.. Enumerable.Range(0, random.Next(9)).Select(_ => letters[random.Next(letters.Length)])]);

        static bool Fits(string pattern, string name) => pattern.Length == 0 ? name.Length == 0
            : pattern[0] == '*' ? Enumerable.Range(0, name.Length + 1).Any(n => Fits(pattern[1..], name[n..]))
            : name.Length > 0 && (pattern[0] == '?' || pattern[0] == name[0]) && Fits(pattern[1..], name[1..]);
    }

    [Fact]
    public void Patterns_OfManyStars_TakeNoTime() => Assert.False(new RevisionPattern(new string('*', 200) + "b").Includes(new string('a', 250)));

    [Theory]
    [InlineData("hf:EleutherAI/pythia-160m", "pythia-160m")]
    [InlineData("hf:EleutherAI/pythia-{70m,160m}", "pythia")]
    [InlineData("hf:EleutherAI/pythia-{1b,1.4b}", "pythia")]
    [InlineData("hf:EleutherAI/pythia-160m{,-seed1}", "pythia-160m")]
    [InlineData("hf:EleutherAI/pythia-160m-seed{1..9}", "pythia-160m")]
    [InlineData("hf:EleutherAI/pythia-{70m,160m}-seed{1,2}", "pythia")]
    [InlineData("hf:allenai/{OLMo-1B,Olmo-3}", "allenai")]
    [InlineData("hf:{a/x,b/y}", "hub")]
    [InlineData("hf:{a/x-1,b/x-2}", "x")]
    [InlineData("hf:{a/x,b/x}", "x")]
    public void Name_OfSeveral_IsWhatTheyHaveInCommon(string text, string expected) => Assert.Equal(expected, HubAddress.Parse(text).CommonName);

    [Theory]
    [InlineData("hf:", "repository")]
    [InlineData("hf:a/b/c", "a/b/c")]
    [InlineData("hf:../b", "../b")]
    [InlineData("hf:a/..", "a/..")]
    [InlineData("hf:a/b--c", "a/b--c")]
    [InlineData("hf:a/b@", "behind @")]
    [InlineData("hf:a/b@x/../y", "x/../y")]
    [InlineData("hf:a/b@x\u0007", "behind @")]
    [InlineData("hf:a/{b", "'{'")]
    [InlineData("hf:a/b}", "'}'")]
    [InlineData("hf:a/{b}", "{b}")]
    [InlineData("hf:a/x{1..100000}", "10000")]
    [InlineData("hf:a/{1..200}{1..200}", "10000")]
    [InlineData("hf:{a/b,a/b}", "twice")]
    [InlineData("hf:{a/b,a/b@x}", "twice")]
    [InlineData("EleutherAI/pythia-160m", "begins with hf:")]
    public void Address_ThatIsNone_SaysWhatIsWrong(string text, string part) =>
        Assert.Contains(part, Assert.Throws<InvalidInputException>(() => HubAddress.Parse(text)).Message, StringComparison.Ordinal);
}
