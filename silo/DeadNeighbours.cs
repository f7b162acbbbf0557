using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Silo;

/// <summary>
/// Strikes out members of this very machine at whose port nobody listens any more: silos that were all killed, and are started again on other ports, would wait
/// for the dead until their last sign of life is old. A silo that stands still is not one of them: the system goes on listening for it.
/// </summary>
internal sealed partial class DeadNeighbours(IMembershipTable table, ILocalSiloDetails self, ILogger<DeadNeighbours> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private const int Looks = 2;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(1);

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(DeadNeighbours), ServiceLifecycleStage.AfterRuntimeGrainServices - 1, StrikeOutAsync);

    private async Task StrikeOutAsync(CancellationToken cancellation)
    {
        var members = await table.ReadAllAsync(cancellation);
        foreach (var (member, _) in members.Members.Where(m => m.Item1.Status == SiloStatus.Active && IsHere(m.Item1.SiloAddress.Endpoint)))
        {
            if (!await ListensAsync(member.SiloAddress.Endpoint, cancellation))
            {
                await StrikeOutAsync(member.SiloAddress, cancellation);
            }
        }
    }

    private async Task StrikeOutAsync(SiloAddress silo, CancellationToken cancellation)
    {
        // others of the same start strike out the same ones: whoever comes second finds it done, or leaves it to the probes
        var now = await table.ReadAllAsync(cancellation);
        if (now.TryGet(silo) is not { } found || found.Item1.Status != SiloStatus.Active)
        {
            return;
        }

        var dead = found.Item1;
        dead.Status = SiloStatus.Dead;
        dead.SuspectTimes = [.. dead.SuspectTimes ?? [], Tuple.Create(self.SiloAddress, DateTime.UtcNow)];
        if (await table.UpdateRowAsync(dead, found.Item2, now.Version.Next(), cancellation))
        {
            LogStruckOut(silo.Endpoint.ToString());
        }
    }

    private bool IsHere(IPEndPoint endpoint) =>
        !endpoint.Equals(self.SiloAddress.Endpoint) && (IPAddress.IsLoopback(endpoint.Address) || endpoint.Address.Equals(self.SiloAddress.Endpoint.Address));

    private static async Task<bool> ListensAsync(IPEndPoint endpoint, CancellationToken cancellation)
    {
        for (var look = 0; look < Looks; look++)
        {
            if (look > 0)
            {
                await Task.Delay(Pause, cancellation);
            }

            using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(ConnectTime);
            try
            {
                await socket.ConnectAsync(endpoint, patience.Token);
                return true;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                // once more
            }
            catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                return true;
            }
        }

        return false;
    }

    [LoggerMessage(65, LogLevel.Information, "Silo {Silo} of this machine isn't there any more.")]
    private partial void LogStruckOut(string silo);
}
