using System.Net.Http.Headers;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>The latest report of a server that asks for a token, as a person opens it.</summary>
internal static class ServedReport
{
    /// <summary>Opens the server's page, shows the token to the form, and holds what is drawn to the same bytes opened from a file.</summary>
    /// <param name="browser">The browser.</param>
    /// <param name="server">The server.</param>
    /// <param name="token">Its token.</param>
    /// <param name="folder">A folder for the file.</param>
    public static async Task AssertIsDrawnAsFromAFileAsync(InstalledBrowser browser, Uri server, string token, string folder)
    {
        await using var served = await browser.OpenAsync(server);
        await served.Page.GetByLabel("Token").FillAsync(token);
        await served.Page.GetByRole(Microsoft.Playwright.AriaRole.Button).ClickAsync();
        await served.WaitUntilDrawnAsync();
        Assert.Equal(server.AbsoluteUri, served.Page.Url);

        using var http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromMilliseconds(ReportPage.Patience) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var path = Path.Combine(folder, "served.html");
        await File.WriteAllBytesAsync(path, await http.GetByteArrayAsync(new Uri("/", UriKind.Relative)));
        await using var file = await browser.OpenAsync(path);
        await file.WaitUntilDrawnAsync();

        Assert.NotEqual(0, await served.CountAsync("#overlap .cells rect"));
        Assert.Equal(await file.LookAsync(), await served.LookAsync());
        served.AssertQuiet();
        file.AssertQuiet();
    }
}
