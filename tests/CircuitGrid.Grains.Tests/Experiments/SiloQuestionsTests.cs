using System.Net;
using CircuitGrid.Grains.Experiments;

namespace CircuitGrid.Grains.Tests.Experiments;

/// <summary>One question to a silo at a time, and none that keeps the asker.</summary>
public sealed class SiloQuestionsTests
{
    private static readonly SiloAddress Frozen = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 1);
    private static readonly SiloAddress Other = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 2), 1);

    private readonly List<SiloAddress> silent = [];

    [Fact]
    public async Task Ask_SiloThatDoesNotAnswer_IsPassedOverUntilItsQuestionHasEnded()
    {
        var questions = Of(TimeSpan.FromMilliseconds(1));
        var answer = new TaskCompletionSource<string>();
        var late = new List<string>();
        Assert.Null(await questions.AskAsync(Frozen, _ => answer.Task, late.Add));
        Assert.Null(await questions.AskAsync<string>(Frozen, _ => throw new InvalidOperationException("asked again")));
        Assert.Equal([Frozen], silent);
        answer.SetResult("late");
        await UntilAsync(() => late.Count > 0);
        Assert.Equal(["late"], late);

        var patient = Of(TimeSpan.FromMinutes(5));
        Assert.Equal("here", await patient.AskAsync(Other, _ => Task.FromResult("here")));
        Assert.Equal("again", await patient.AskAsync(Other, _ => Task.FromResult("again")));
    }

    [Fact]
    public async Task Ask_SiloThatIsGone_AnswersNothingAndIsAskedAgain()
    {
        var questions = Of(TimeSpan.FromMinutes(5));
        Assert.Null(await questions.AskAsync<string>(Frozen, _ => throw new TimeoutException("gone")));
        Assert.Null(await questions.AskAsync(Frozen, _ => Task.FromException<string>(new OrleansException("gone"))));
        Assert.Equal("back", await questions.AskAsync(Frozen, _ => Task.FromResult("back")));
        Assert.Equal([Frozen, Frozen], silent);
    }

    private SiloQuestions Of(TimeSpan patience) => new(_ => null!, patience, TimeProvider.System, (silo, _) => silent.Add(silo));

    private static async Task UntilAsync(Func<bool> isSo)
    {
        for (var i = 0; i < 1000 && !isSo(); i++)
        {
            await Task.Delay(5);
        }
    }
}
