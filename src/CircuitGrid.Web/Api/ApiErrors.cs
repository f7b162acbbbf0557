using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Hosting;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Web.Api;

/// <summary>A request that ends with a status and one sentence for the client.</summary>
/// <param name="status">The status.</param>
/// <param name="detail">The sentence.</param>
/// <param name="retryAfter">When it is worth asking again, where that is known.</param>
internal sealed class ApiException(int status, string detail, TimeSpan? retryAfter = null) : Exception(detail)
{
    public int Status => status;

    public TimeSpan? RetryAfter => retryAfter;
}

/// <summary>Turns what goes wrong into problem details (RFC 9457) that tell a client what is its business and nothing else.</summary>
internal sealed partial class ApiErrors(IProblemDetailsService problems, ExperimentTexts texts, ILogger<ApiErrors> logger) : IExceptionHandler
{
    private static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(5);

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            return true;
        }

        var (status, detail) = Explain(exception);
        if (status == StatusCodes.Status500InternalServerError || (status > StatusCodes.Status500InternalServerError && exception is InvalidInputException))
        {
            LogFailed(exception, httpContext.Request.Method, httpContext.Request.Path.Value ?? "");
        }

        httpContext.Response.StatusCode = status;
        if (RetryAfter(exception) is { } pause)
        {
            httpContext.Response.Headers.RetryAfter = pause.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        }

        return await problems.TryWriteAsync(new() { HttpContext = httpContext, ProblemDetails = new ProblemDetails { Status = status, Detail = detail } });
    }

    private (int Status, string? Detail) Explain(Exception exception) => exception switch
    {
        ApiException e => (e.Status, e.Message),
        StorageOutageException e => (StatusCodes.Status503ServiceUnavailable, e.Message),
        HostBusyException e => (StatusCodes.Status429TooManyRequests, e.Message),
        InvalidInputException e when texts.Hide(e) is var hidden => IsOurs(hidden) ? (StatusCodes.Status503ServiceUnavailable, hidden.Message) : (StatusCodes.Status400BadRequest, hidden.Message),
        BadHttpRequestException e => (e.StatusCode, e.StatusCode == StatusCodes.Status413PayloadTooLarge ? "The request's body is larger than the server takes." : "The request can't be understood."),
        TimeoutException => (StatusCodes.Status504GatewayTimeout, "What the server asked for the answer, its grid or its storage, hasn't answered in time. Try again later."),
        _ => (StatusCodes.Status500InternalServerError, "An unforeseen error: a bug. The server's log says more."),
    };

    private static TimeSpan? RetryAfter(Exception exception) => exception switch
    {
        ApiException e => e.RetryAfter,
        HostBusyException or TimeoutException => BusyPause,
        _ => null,
    };

    /// <summary>Whether the fault lies with a file of the server that no client named.</summary>
    private static bool IsOurs(InvalidInputException hidden) => string.Equals(hidden.Input, ExperimentTexts.Server, StringComparison.Ordinal);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogFailed(Exception exception, string method, string path);
}
