using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Web.Hosting;

namespace CircuitGrid.Web.Tests.Requests;

/// <summary>Certificates of a server: when they are valid, when they are renewed, and what is said to who speaks something else.</summary>
public sealed class CertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("circuitgrid-tls-");

    private string FilePath => Path.Combine(folder.FullName, "server.pem");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Key_WithoutACertificate_IsRefused()
    {
        var error = Assert.Throws<InvalidInputException>(() => ServerCertificate.Load(file: null, "key.pem", CancellationToken.None));
        Assert.Equal("--certificate-key key.pem: is of no use without --certificate: the server would speak plain HTTP", error.Message);
        Assert.Null(ServerCertificate.Load(file: null, keyFile: null, CancellationToken.None));
    }

    [Theory]
    [InlineData(-20, -10, "has expired")]
    [InlineData(10, 20, "isn't valid yet")]
    public void Certificate_OfAnotherTime_IsRefusedWithItsDates(int from, int until, string expected)
    {
        Write("one", from, until);
        var message = Assert.Throws<InvalidInputException>(() => ServerCertificate.Load(FilePath, keyFile: null, CancellationToken.None)).Message;
        Assert.Equal($"{FilePath}: {expected}: it is valid from {Now.AddDays(from):yyyy-MM-dd HH:mm} to {Now.AddDays(until):yyyy-MM-dd HH:mm} UTC, and it is {DateTime.UtcNow:yyyy-MM-dd HH:mm} now", message);
    }

    [Fact]
    public async Task Certificate_ThatIsRenewed_IsShownWithoutARestart_AndABrokenOneIsNotedOnce()
    {
        Write("before", -1, 10);
        var time = new ManualTime();
        time.Advance(Now - time.GetUtcNow());
        var certificate = ServerCertificate.Load(FilePath, keyFile: null, CancellationToken.None, time)!;
        await using var host = new StuckHost(Stuck.No, Stuck.No);
        await using var server = await BareServer.StartAsync(host, new ServerOptions { Certificate = certificate });
        Assert.Equal("CN=before", await NameAsync(server));

        await File.WriteAllTextAsync(FilePath, "half a file");
        await LookAsync(() => server.Log.Count > 0);
        await LookAsync(() => true);
        Assert.Equal("CN=before", await NameAsync(server));
        var noted = Assert.Single(server.Log);
        Assert.StartsWith($"{FilePath}: can't be used as a certificate", noted, StringComparison.Ordinal);
        Assert.EndsWith($"; the certificate before it is shown, which is valid until {Now.AddDays(10):yyyy-MM-dd HH:mm} UTC", noted, StringComparison.Ordinal);

        Write("expired", -10, -1);
        await LookAsync(() => server.Log.Count > 1);
        Assert.Equal("CN=before", await NameAsync(server));
        Write("after", -1, 20);
        await LookAsync(() => server.Log.Count > 2);
        Assert.Equal("CN=after", await NameAsync(server));

        async Task LookAsync(Func<bool> happened)
        {
            time.Advance(TimeSpan.FromSeconds(6));
            await NameAsync(server);
            await BareServer.UntilAsync(happened, "the file isn't looked at");
        }
    }

    [Fact]
    public async Task PlainHttp_OnATlsPort_IsExplainedOnBothSides()
    {
        Write("server", -1, 10);
        await using var host = new StuckHost(Stuck.No, Stuck.No);
        await using var server = await BareServer.StartAsync(host, new ServerOptions { Certificate = ServerCertificate.Load(FilePath, keyFile: null, CancellationToken.None) });
        for (var i = 0; i < 3; i++)
        {
            using var plain = new HttpClient { BaseAddress = new Uri($"http://{server.Address.Authority}") };
            using var response = await plain.GetAsync(new Uri("/health", UriKind.Relative));
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains("This port speaks TLS", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal("127.0.0.1 sent plain HTTP, but this port speaks TLS: the server's address begins with https://", Assert.Single(server.Log));
    }

    [Fact]
    public async Task Tls_OnAPlainPort_IsExplainedInTheLog()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.No);
        await using var server = await BareServer.StartAsync(host);
        using var tls = new HttpClient { BaseAddress = new Uri($"https://{server.Address.Authority}") };
        await Assert.ThrowsAsync<HttpRequestException>(() => tls.GetAsync(new Uri("/health", UriKind.Relative)));
        await BareServer.UntilAsync(() => server.Log.Count > 0, "nothing is logged");
        Assert.StartsWith("127.0.0.1 began TLS, but this port speaks plain HTTP", Assert.Single(server.Log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handshake_OfAClientThatDoesntTrust_IsLoggedInOneLine()
    {
        Write("server", -1, 10);
        await using var host = new StuckHost(Stuck.No, Stuck.No);
        await using var server = await BareServer.StartAsync(host, new ServerOptions { Certificate = ServerCertificate.Load(FilePath, keyFile: null, CancellationToken.None), HandshakeTimeout = TimeSpan.FromMilliseconds(500) });
        using var silent = await RawClient.ConnectAsync(server.Address);
        await RawClient.SendAsync(silent, "\u0016\u0003\u0001");
        await RawClient.ReadToEndAsync(silent);
        await BareServer.UntilAsync(() => server.Log.Count > 0, "nothing is logged");
        Assert.StartsWith("127.0.0.1 didn't finish a TLS handshake", Assert.Single(server.Log), StringComparison.Ordinal);
    }

    /// <summary>The subject of the certificate that the server shows.</summary>
    private static async Task<string> NameAsync(BareServer server)
    {
        using var socket = await RawClient.ConnectAsync(server.Address);
        await using var tls = new SslStream(new System.Net.Sockets.NetworkStream(socket));
        string? name = null;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, shown, _, _) =>
            {
                name = shown!.Subject;
                return name.Length > 0;
            },
        });
        return name!;
    }

    private void Write(string name, int from, int until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(Now.AddDays(from), Now.AddDays(until));
        File.WriteAllText(FilePath, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
    }
}
