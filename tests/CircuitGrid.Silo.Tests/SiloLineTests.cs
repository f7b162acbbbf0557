using System.Net.Sockets;
using Azure;
using CircuitGrid.Compute;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CircuitGrid.Silo.Tests;

/// <summary>What a silo says of faults below it: the cause, in a line, once.</summary>
public sealed class SiloLineTests
{
    [Fact]
    public void Fault_IsTheCauseThatPeopleKnow_AndNothingThatStorageWasSent()
    {
        var refused = new RequestFailedException(403, "Signature s3cret didn't match", "AuthenticationFailed", innerException: null);
        Assert.Equal("the storage account refuses with 403 AuthenticationFailed", StartFault.Of(new InvalidOperationException("outer", refused)));
        Assert.True(StartFault.IsRefusal(new AggregateException(refused)));
        Assert.False(StartFault.IsRefusal(new RequestFailedException(503, "busy")));
        Assert.Equal("x: is bad", StartFault.Of(new AggregateException(new IOException("outer", new InvalidInputException("x", "is bad")))));
        var unreachable = new SocketException((int)SocketError.ConnectionRefused);
        Assert.Equal(unreachable.Message, StartFault.Of(new RequestFailedException(0, "s3cret", null, unreachable)));
        Assert.Equal("InvalidOperationException: inner", StartFault.Of(new IOException("outer", new InvalidOperationException("inner"))));
    }

    [Fact]
    public void Fatal_OfADeadSilo_SaysWhatToDo()
    {
        Assert.Equal("was declared dead by the others while it stood still, so it ends; start it again", FatalLine.Reason("I have been told I am dead, so this silo will stop! Reason: x", null));
        Assert.Equal("can't go on: IOException: gone", FatalLine.Reason("context", new IOException("gone")));
    }

    [Fact]
    public void Log_OfLibraries_TellsAKindOfEventOnceAMinute_ByItsCause_AndNothingBeforeTheSiloHasJoined()
    {
        var clock = new SetClock();
        using var joining = new SiloJoining();
        var formatter = new SiloLogFormatter(joining, clock);
        var error = new InvalidOperationException("outer", new IOException("inner\nline"));
        Assert.Empty(Written(formatter, "Orleans.X", 1, error));
        Assert.Contains("info: CircuitGrid.X[1] said System.InvalidOperationException: outer", Written(formatter, "CircuitGrid.X", 1, error), StringComparison.Ordinal);

        joining.Joined();
        Assert.Equal("1970-01-01T00:00:00.000Z info: Orleans.X[1] said IOException: inner line\n", Written(formatter, "Orleans.X", 1, error));
        Assert.Empty(Written(formatter, "Orleans.X", 1, error));
        Assert.NotEmpty(Written(formatter, "Orleans.X", 2, error));
        Assert.NotEmpty(Written(formatter, "CircuitGrid.X", 1, error));
        clock.Seconds = 61;
        Assert.NotEmpty(Written(formatter, "Orleans.X", 1, error));
        Assert.Empty(Written(formatter, "Orleans.X", 1, error));
    }

    [Fact]
    public void Joining_GivesUpAfterSeveralRefusals_AndNeverOnceItHasJoined()
    {
        using var joining = new SiloJoining();
        joining.Refused("silo a is odd");
        Assert.Null(joining.Fault);
        for (var i = 0; i < 10; i++)
        {
            joining.Refused("silo b is odd");
        }

        Assert.True(joining.GivenUp.IsCancellationRequested);
        Assert.Equal("can't join the cluster: silo b is odd", joining.Fault);

        using var joined = new SiloJoining();
        joined.Joined();
        for (var i = 0; i < 10; i++)
        {
            joined.Refused("silo b is odd");
        }

        Assert.False(joined.GivenUp.IsCancellationRequested);
    }

    private static string Written(SiloLogFormatter formatter, string category, int id, Exception error)
    {
        using var text = new StringWriter { NewLine = "\n" };
        formatter.Write(new LogEntry<string>(LogLevel.Information, category, new(id), "said", error, (state, _) => state), null, text);
        return text.ToString();
    }

    private sealed class SetClock : TimeProvider
    {
        public int Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddSeconds(Seconds);
    }
}
