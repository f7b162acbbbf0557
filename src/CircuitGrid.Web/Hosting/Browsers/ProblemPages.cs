using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace CircuitGrid.Web.Hosting.Browsers;

/// <summary>What goes wrong, as a page for those who look at it in a browser.</summary>
internal sealed class ProblemPages : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => PlainPage.IsWanted(context.HttpContext.Request);

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var status = context.HttpContext.Response.StatusCode;
        var heading = ReasonPhrases.GetReasonPhrase(status);
        await PlainPage.WriteAsync(context.HttpContext, heading, context.ProblemDetails.Detail ?? $"The server answers {status} and says no more.");
    }
}
