using CircuitGrid.Models.Files;

namespace CircuitGrid.Hub.Cache;

/// <summary>Waits for the lock of a file that somebody else is fetching, as Python's libraries wait for this program's.</summary>
internal static class BlobLock
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);

    /// <summary>Whoever waits less than this needn't be told.</summary>
    private static readonly TimeSpan s_told = TimeSpan.FromSeconds(5);

    /// <summary>Takes a lock.</summary>
    /// <param name="path">The file that is held locked.</param>
    /// <param name="onWait">Called once where it has to be waited for for long.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="Compute.InvalidInputException">The file can't be made.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static async Task<LockFile> TakeAsync(string path, Action onWait, CancellationToken cancellation)
    {
        var isTold = false;
        var waited = TimeSpan.Zero;
        for (var pause = s_firstPause; ;)
        {
            cancellation.ThrowIfCancellationRequested();
            if (LockFile.TryTake(path) is { } held)
            {
                return held;
            }

            if (!isTold && waited >= s_told)
            {
                isTold = true;
                onWait();
            }

            await Task.Delay(pause, cancellation);
            waited += pause;
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }
}
