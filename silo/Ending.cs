using CircuitGrid.Models.Files;

namespace CircuitGrid.Silo;

/// <summary>How the program says in one line that it ends, whatever is under way.</summary>
internal static class Ending
{
    private static int begun;

    /// <summary>Whether the process is ending by <see cref="Now"/>: what others still write concerns nobody.</summary>
    public static bool HasBegun => Volatile.Read(ref begun) != 0;

    public static void Say(string reason) => Console.Error.WriteLine($"circuitgrid-silo: {VisibleText.OnOneLine(reason)}");

    /// <summary>Ends the process. The first who asks says why.</summary>
    public static void Now(int code, string reason)
    {
        if (Interlocked.Exchange(ref begun, 1) == 0)
        {
            Say(reason);
            Environment.Exit(code);
        }

        Thread.Sleep(Timeout.Infinite);
    }
}
