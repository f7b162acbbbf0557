using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Truths;

public sealed class GreedyContinuationTests
{
    private const int Count = 9;

    private static readonly ImmutableArray<int> s_prompt = [3, 11, 7];

    [Theory]
    [MemberData(nameof(TruthModel.FirstKinds), MemberType = typeof(TruthModel))]
    public void Generate_EveryFamily_IsThePlainLoops(string kind)
    {
        using var model = new TruthModel(kind, new CpuDevice(new CpuDeviceOptions { Threads = 2 }));
        var text = s_prompt.ToList();
        for (var i = 0; i < Count; i++)
        {
            var logits = model.Plain.Run(text).Logits;
            text.Add(Array.IndexOf(logits, logits.Max()));
        }

        Assert.Equal(text.Skip(s_prompt.Length), GreedyContinuation.Generate(model.Engine, s_prompt, Count));
    }

    [Fact]
    public void Generate_EndToken_IsTheLast()
    {
        using var model = new TruthModel("gpt2");
        var all = GreedyContinuation.Generate(model.Engine, s_prompt, Count);
        var end = all[^1];
        var until = all.IndexOf(end) + 1;
        Assert.Equal(all[..until], GreedyContinuation.Generate(model.Engine, s_prompt, Count, end));
        Assert.Equal(all, GreedyContinuation.Generate(model.Engine, s_prompt, Count, end: Enumerable.Range(0, model.Config.Vocabulary).First(id => !all.Contains(id))));
    }

    [Fact]
    public void Generate_EqualLogits_TakesTheSmallestId()
    {
        using var model = new TruthModel("neox", weights: source => new ScaledTensors(source, "embed_out.weight", 0));
        Assert.Equal(Enumerable.Repeat(0, Count), GreedyContinuation.Generate(model.Engine, s_prompt, Count));
    }

    [Fact]
    public void Generate_UpToTheContext_IsTheLongestThatIsTaken()
    {
        using var model = new TruthModel("gpt2");
        var most = model.Config.ContextLength - s_prompt.Length + 1;
        Assert.Equal(most, GreedyContinuation.Generate(model.Engine, s_prompt, most).Length);
        var error = Assert.Throws<InvalidInputException>(() => GreedyContinuation.Generate(model.Engine, s_prompt, most + 1));
        Assert.Equal($"prompt: 3 tokens and {most + 1} more are too long for the model's context of {model.Config.ContextLength}", error.Message);
    }

    [Fact]
    public void Tokens_FirstOnes_ComputesNoMore()
    {
        using var model = new TruthModel("neox");
        using var cancellation = new CancellationTokenSource();
        using var tokens = GreedyContinuation.Tokens(model.Engine, s_prompt, Count, cancellation: cancellation.Token).GetEnumerator();
        Assert.True(tokens.MoveNext());
        Assert.Equal(GreedyContinuation.Generate(model.Engine, s_prompt, 1)[0], tokens.Current);
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => tokens.MoveNext());
    }
}
