using System.Text;

namespace CircuitGrid.Client.Hosting;

/// <summary>This process's standard output and error where they go to another program, watched for writes that wait.</summary>
internal sealed class WatchedConsole
{
    private readonly List<WatchedStream> streams = [];

    /// <summary>Puts the watched streams into the place of the console's writers. It has to be done before anything is written.</summary>
    public WatchedConsole()
    {
        if (Console.IsOutputRedirected)
        {
            Console.SetOut(Watch(Console.OpenStandardOutput()));
        }

        if (Console.IsErrorRedirected)
        {
            Console.SetError(Watch(Console.OpenStandardError()));
        }
    }

    /// <summary>How long a write under way has been waiting for whoever reads.</summary>
    public TimeSpan Waiting => streams.Select(s => s.Waiting).DefaultIfEmpty().Max();

    private StreamWriter Watch(Stream stream)
    {
        var watched = new WatchedStream(stream);
        streams.Add(watched);
        return new StreamWriter(watched, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
    }
}
