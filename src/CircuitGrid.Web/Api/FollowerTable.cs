using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Web.Hosting;
using Microsoft.AspNetCore.Http;

namespace CircuitGrid.Web.Api;

/// <summary>Who follows experiments. When there are as many as may be, one that doesn't take what is written to it makes room for the next.</summary>
internal sealed class FollowerTable(CircuitGridApiOptions options)
{
    private readonly Lock gate = new();
    private readonly HashSet<Follower> followers = [];

    /// <summary>Admits a follower, until it is disposed.</summary>
    /// <param name="context">Its request.</param>
    /// <param name="cancellation">Whether it is gone, or the server ends.</param>
    /// <exception cref="HostBusyException">There are as many as may be, and all of them listen.</exception>
    public Follower Add(HttpContext context, CancellationToken cancellation)
    {
        Follower? slowest = null;
        var added = new Follower(context, this, options, cancellation);
        lock (gate)
        {
            if (followers.Count >= options.MaxFollowers)
            {
                slowest = followers.Where(f => f.BehindSince is not null).MinBy(f => f.BehindSince)
                    ?? throw new HostBusyException("As many follow experiments as the server takes on; try again later.");
                followers.Remove(slowest);
            }

            followers.Add(added);
        }

        slowest?.Drop();
        return added;
    }

    public void Remove(Follower follower)
    {
        lock (gate)
        {
            followers.Remove(follower);
        }
    }
}

/// <summary>One that follows an experiment.</summary>
internal sealed class Follower(HttpContext context, FollowerTable table, CircuitGridApiOptions options, CancellationToken gone) : IDisposable
{
    private readonly TrackedConnection? connection = context.Features.Get<TrackedConnection>();
    private readonly CancellationTokenSource dropped = CancellationTokenSource.CreateLinkedTokenSource(gone);
    private readonly Lock gate = new();
    private long behindSince;
    private bool isOver;

    /// <summary>Since when it hasn't taken what is written to it; <see langword="null"/> where it has.</summary>
    public long? BehindSince => Interlocked.Read(ref behindSince) is not 0 and var since ? since : null;

    /// <summary>Writes, and closes the connection where the follower doesn't take it.</summary>
    /// <exception cref="OperationCanceledException">The follower is gone, or is so from now on.</exception>
    public async Task WriteAsync(string text)
    {
        using var late = new CancellationTokenSource(options.FollowerPatience, options.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, dropped.Token);
        Interlocked.Exchange(ref behindSince, Math.Max(1, options.Time.GetTimestamp()));
        try
        {
            await context.Response.WriteAsync(text, stop.Token);
            await context.Response.Body.FlushAsync(stop.Token);
            Interlocked.Exchange(ref behindSince, 0);
            connection?.Touch();
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            context.Abort();
            throw;
        }
    }

    /// <summary>Closes its connection.</summary>
    public void Drop()
    {
        lock (gate)
        {
            if (!isOver)
            {
                _ = dropped.CancelAsync();
            }
        }
    }

    public void Dispose()
    {
        table.Remove(this);
        lock (gate)
        {
            isOver = true;
        }

        dropped.Dispose();
    }
}
