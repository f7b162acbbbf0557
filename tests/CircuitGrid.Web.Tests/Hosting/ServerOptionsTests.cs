using System.Net;
using CircuitGrid.Compute;
using CircuitGrid.Web.Hosting;

namespace CircuitGrid.Web.Tests.Hosting;

/// <summary>What a server refuses to start with.</summary>
public sealed class ServerOptionsTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("192.168.1.4")]
    [InlineData("::")]
    public void Validate_AnAddressOthersReachWithoutAToken_IsRefused(string address)
    {
        var open = new ServerOptions { Address = IPAddress.Parse(address) };
        Assert.Contains("a token is needed", Assert.Throws<InvalidInputException>(open.Validate).Message, StringComparison.Ordinal);
        (open with { Token = new AccessToken("sixteen-letters-") }).Validate();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.9.9")]
    [InlineData("::1")]
    public void Validate_Loopback_NeedsNoToken(string address) => new ServerOptions { Address = IPAddress.Parse(address) }.Validate();

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("with spaces in between")]
    public void Token_ThatIsEasilyGuessedOrSent_IsRefusedWithoutSayingIt(string secret)
    {
        var message = Assert.Throws<InvalidInputException>(() => new AccessToken(secret)).Message;
        Assert.True(secret.Length == 0 || !message.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public void Token_Shown_IsNot() => Assert.Equal("(secret)", new AccessToken("sixteen-letters-").ToString());
}
