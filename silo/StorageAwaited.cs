using System.Globalization;
using CircuitGrid.Compute;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Silo;

/// <summary>
/// A silo whose storage doesn't answer at its start waits for it, as one does that is started together with it, and gives up in the end. Storage that refuses
/// isn't waited for.
/// </summary>
internal sealed partial class StorageAwaited(SiloStorage storage, ILogger<StorageAwaited> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>How long a start waits.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How long one answer may take.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(30);

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(StorageAwaited), ServiceLifecycleStage.First, WaitAsync);

    private async Task WaitAsync(CancellationToken cancellation)
    {
        var start = TimeProvider.System.GetTimestamp();
        TimeSpan? told = null;
        while (true)
        {
            string reason;
            try
            {
                using var answer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                answer.CancelAfter(AnswerTime);
                await storage.AskAsync(answer.Token);
                return;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                reason = string.Create(CultureInfo.InvariantCulture, $"no answer in {AnswerTime.TotalSeconds} s");
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested && !StartFault.IsRefusal(e))
            {
                reason = StartFault.Of(e);
            }

            var waited = TimeProvider.System.GetElapsedTime(start);
            if (waited > Patience)
            {
                throw new InvalidInputException(SiloSettings.AzureVariable, $"names a storage account that can't be reached: {reason.TrimEnd('.')}");
            }

            if (told is null || waited - told > Between)
            {
                told = waited;
                LogWaiting(reason.TrimEnd('.'));
            }

            await Task.Delay(Pause, cancellation);
        }
    }

    [LoggerMessage(64, LogLevel.Warning, "The storage account can't be reached: {Reason}. Waiting for it.")]
    private partial void LogWaiting(string reason);
}
