namespace CircuitGrid.Silo;

/// <summary>
/// What can't go on ends the process with one line. Orleans' own handler writes stack traces and has the process dump its memory. A silo comes here that others
/// declared dead while it stood still: its place is taken, and what it still does would be done twice.
/// </summary>
internal sealed class FatalLine : IFatalErrorHandler
{
    private const int WorkFailed = 1;

    /// <summary>What Orleans says where the table of members has the silo as dead.</summary>
    private const string ToldDead = "told I am dead";

    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null) => Ending.Now(WorkFailed, Reason(context, exception));

    internal static string Reason(string? context, Exception? exception) =>
        context?.Contains(ToldDead, StringComparison.Ordinal) == true
            ? "was declared dead by the others while it stood still, so it ends; start it again"
            : $"can't go on: {(exception is null ? context : StartFault.Of(exception))}";
}
