using System.Globalization;
using System.Text;
using CircuitGrid.HubStandIn.Protocol;
using Microsoft.AspNetCore.Http;

namespace CircuitGrid.HubStandIn.Faults;

/// <summary>Something that goes wrong with an answer.</summary>
public sealed class Fault
{
    private readonly string name;
    private readonly Func<Exchange, Task> apply;

    private Fault(string name, Func<Exchange, Task> apply)
    {
        this.name = name;
        this.apply = apply;
    }

    /// <summary>The body as it should be, with a status and headers that aren't.</summary>
    public static Fault Headers(Action<IHeaderDictionary> edit) => Changing("headers", e => e.EditHeaders = edit);

    /// <summary>A body that is edited as a whole: an answer's JSON, or a small file.</summary>
    public static Fault Body(Func<byte[], byte[]> edit) => Changing("body", e => e.EditBody = edit);

    /// <summary>A status, with a body of this text and with headers, in place of the answer.</summary>
    public static Fault Answer(int status, string body = "", string contentType = "text/plain; charset=utf-8", params (string Name, string Value)[] headers) =>
        new(string.Create(CultureInfo.InvariantCulture, $"answer {status}"), e =>
        {
            foreach (var (header, value) in headers)
            {
                e.Response.Headers.Append(header, value);
            }

            return e.AnswerAsync(status, contentType, Encoding.UTF8.GetBytes(body));
        });

    /// <summary>429 that says by the RateLimit header how many seconds to wait.</summary>
    public static Fault RateLimited(int seconds) => new("rate limited", e =>
    {
        e.Response.Headers["RateLimit"] = e.Window.Header(0, TimeSpan.FromSeconds(seconds));
        return e.ErrorAsync(429, null, "We had to rate limit you.");
    });

    /// <summary>A status, such as 429 or 503, with Retry-After in seconds.</summary>
    public static Fault RetryAfter(int seconds, int status = 429) => Answer(status, "Try again later.", headers: ("Retry-After", seconds.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The whole file and 200, whatever range was asked for.</summary>
    public static Fault IgnoreRange() => Changing("range ignored", e => e.IgnoresRange = true);

    /// <summary>So many bytes of the body, then the connection ends.</summary>
    public static Fault Truncate(long after) => Changing("truncated", e => e.TruncatesAfter = after);

    /// <summary>A byte of the file is another, at an offset into the file; or all bytes, where no offset is given.</summary>
    public static Fault WrongBytes(long? at = null) => Changing("wrong bytes", e =>
    {
        e.Corrupts = true;
        e.CorruptsAt = at;
    });

    /// <summary>So many bytes of the body, then nothing for a time, then the rest.</summary>
    public static Fault Stall(TimeSpan time, long after = 0) => Changing("stall", e =>
    {
        e.StallsAfter = after;
        e.StallsFor = time;
    });

    /// <summary>The answer, late.</summary>
    public static Fault Delay(TimeSpan time) => new("delay", e => Task.Delay(time, e.Hub.Options.Time, e.Cancellation));

    /// <summary>A redirect to any address.</summary>
    public static Fault Redirect(string location, int status = 302) => new("redirect", e => e.RedirectAsync(status, location));

    /// <summary>A relative redirect to the very same address: a circle for as long as the fault lasts.</summary>
    public static Fault RedirectToItself(int status = 307) => new("redirect to itself", e => e.RedirectAsync(status, e.Log.Target));

    /// <summary>A redirect to the same path on the third host, which serves it.</summary>
    public static Fault RedirectElsewhere(int status = 302) => new("redirect elsewhere", e => e.RedirectAsync(status, e.Hub.Elsewhere + e.Log.Target));

    /// <summary>The connection is reset before any answer.</summary>
    public static Fault Reset() => new("reset", e =>
    {
        e.IsAnswered = true;
        e.Context.Abort();
        return Task.CompletedTask;
    });

    /// <summary>These bytes on the connection instead of an HTTP answer, then its end.</summary>
    public static Fault Bytes(byte[] bytes) => new("raw bytes", e => e.SendRawAsync(bytes));

    public override string ToString() => name;

    internal Task ApplyAsync(Exchange exchange) => apply(exchange);

    private static Fault Changing(string name, Action<Exchange> change) => new(name, e =>
    {
        change(e);
        return Task.CompletedTask;
    });
}
