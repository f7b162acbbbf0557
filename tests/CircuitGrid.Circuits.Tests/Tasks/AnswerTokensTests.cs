using System.Text;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Pairs;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>Answers of several tokens in pairs files, as ids and as texts.</summary>
public sealed class AnswerTokensTests
{
    private const string Shared = """{"clean": [1, 2], "corrupted": [4, 2], "correct_tokens": [7, 8, 9], "incorrect_tokens": [7, 5]}""";

    private static readonly Tokenizer s_tokenizer = TokenizerTrainer.Train([], new() { VocabularySize = 300, RequiredWords = [" Mary", " John"] });

    [Theory]
    [InlineData(MetricKind.LogitDifference)]
    [InlineData(MetricKind.ProbabilityDifference)]
    public void Difference_AtOneToken_IsReadWhereAnswersPart(MetricKind metric)
    {
        var example = Read(Shared, metric);
        Assert.False(example.AnswersContinue);
        Assert.Equal([1, 2, 7], example.Clean);
        Assert.Equal([4, 2, 7], example.Corrupted);
        Assert.Equal([8], example.Correct);
        Assert.Equal([5], example.Incorrect);
    }

    [Fact]
    public void LogProbabilityDifference_SharedTokens_GoToThePrompts()
    {
        var example = Read(Shared, MetricKind.LogProbabilityDifference);
        Assert.True(example.AnswersContinue);
        Assert.Equal([1, 2, 7], example.Clean);
        Assert.Equal([8, 9], example.Correct);
        Assert.Equal([5], example.Incorrect);
    }

    [Theory]
    [InlineData(MetricKind.LogProbability)]
    [InlineData(MetricKind.Divergence)]
    public void MetricOfTheCorrectAnswer_SharedTokens_AreMeasuredToo(MetricKind metric)
    {
        var example = Read(Shared, metric);
        Assert.True(example.AnswersContinue);
        Assert.Equal([1, 2], example.Clean);
        Assert.Equal([7, 8, 9], example.Correct);

        // an answer that begins with the other is as good as any here
        Assert.Equal([7, 8], Read("""{"clean": [1], "corrupted": [4], "correct_tokens": [7, 8], "incorrect": [7]}""", metric).Correct);
    }

    [Fact]
    public void Difference_LastTokensAlone_IsThatOfOneToken()
    {
        var example = Read("""{"clean": [1, 2], "corrupted": [4, 2], "correct_tokens": [7, 8], "incorrect_tokens": [7, 5]}""", MetricKind.LogProbabilityDifference);
        Assert.False(example.AnswersContinue);
        Assert.Equal([1, 2, 7], example.Clean);
    }

    [Fact]
    public void Position_WithContinuedAnswers_IsWhereTheyBegin()
    {
        var example = Read("""{"clean": [1, 2, 3], "corrupted": [4, 2, 3], "correct_tokens": [7, 8], "incorrect": [5], "position": 1}""", MetricKind.LogProbability);
        Assert.Equal([1, 2], example.Clean);
        Assert.Equal([7, 8], example.Correct);
    }

    [Fact]
    public void Texts_OfOneTokenEach_AreTheirIds()
    {
        var (mary, john) = (Assert.Single(s_tokenizer.Encode(" Mary")), Assert.Single(s_tokenizer.Encode(" John")));
        var text = Read("""{"clean": "so said", "corrupted": "so went", "correct": " Mary", "incorrect": [" John"]}""", MetricKind.LogitDifference);
        var ids = Read($$"""{"clean": "so said", "corrupted": "so went", "correct": [{{mary}}], "incorrect": [{{john}}]}""", MetricKind.LogitDifference);
        Assert.Equal(ids.Clean, text.Clean);
        Assert.Equal((mary, john), (Assert.Single(text.Correct), Assert.Single(text.Incorrect)));
        Assert.Equal([mary, john], Read("""{"clean": "so said", "corrupted": "so went", "correct": [" Mary", " John"], "incorrect": [65]}""", MetricKind.LogitDifference).Correct);
    }

    [Theory]
    [InlineData("\"clean\": \"so said\", \"corrupted\": \"so went\"")]
    [InlineData("\"clean\": \"so said x\", \"corrupted\": \"so went x\", \"position\": 6")]
    public void Texts_OfSeveralTokens_ContinueThePrompt(string prompts)
    {
        var example = Read($$"""{{{prompts}}, "correct": " Maryam", "incorrect": " John"}""", MetricKind.LogProbabilityDifference);
        Assert.True(example.AnswersContinue);
        Assert.Equal(s_tokenizer.Encode("so said"), example.Clean);
        Assert.Equal(s_tokenizer.Encode(" Maryam"), example.Correct);
        Assert.True(example.Correct.Length > 1);
    }

    [Theory]
    [InlineData("\"clean\": \"so Mar\", \"corrupted\": \"so Joh\", \"correct\": \"y\", \"incorrect\": \"x\"", "correct \"y\" doesn't continue the clean prompt: from token 2 on the prompt has \" ")]
    [InlineData("\"clean\": \"so\", \"corrupted\": \"to\", \"correct\": [\" Maryam\", \"x\"], \"incorrect\": \"y\"", "correct has 2 answers, of which \" Maryam\" has ")]
    [InlineData("\"clean\": \"so\", \"corrupted\": \"to\", \"correct\": \"\", \"incorrect\": \"y\"", "correct has an empty text")]
    [InlineData("\"clean\": \"so Mary\", \"corrupted\": \"so a\", \"correct\": \"x\", \"incorrect\": \"y\"", "They part at token 2, counted from 0: the clean one goes on with \" Mary\" (")]
    public void Texts_ThatCantBeUsed_ShowTheTokens(string line, string reason)
    {
        var error = Assert.Throws<InvalidInputException>(() => Read($"{{{line}}}", MetricKind.LogProbabilityDifference));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    private static Example Read(string line, MetricKind metric) => Assert.Single(PairsFile.Parse(
        Encoding.UTF8.GetBytes(line), "pairs", csv: false, metric, new() { Tokenizer = new(s_tokenizer), Limits = new(300, 64) }).Examples);
}
