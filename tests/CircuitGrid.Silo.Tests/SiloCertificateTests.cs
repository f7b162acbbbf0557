using System.Net;
using System.Security.Cryptography.X509Certificates;
using CircuitGrid.Compute;
using CircuitGrid.Web.Hosting;

namespace CircuitGrid.Silo.Tests;

/// <summary>Whom a silo lets in.</summary>
public sealed class SiloCertificateTests : IDisposable
{
    private readonly CertificateFiles files = new();

    [Fact]
    public void Accepts_WithoutAuthority_TheVeryCertificateAlone()
    {
        var own = files.SelfSigned("grid");
        var silo = Load(own);
        Assert.True(Accepts(silo, own));
        Assert.False(Accepts(silo, files.SelfSigned("other")));
        Assert.False(Accepts(silo, files.SelfSigned("grid")));
    }

    [Fact]
    public void Accepts_WithAuthority_WhateverItIssued()
    {
        var authority = files.SelfSigned("authority", isAuthority: true);
        var own = files.Issued("silo-1", authority);
        var silo = Load(own, authority.Certificate);
        Assert.True(Accepts(silo, files.Issued("silo-2", authority)));
        Assert.False(Accepts(silo, files.SelfSigned("silo-3")));
        var impostor = files.SelfSigned("impostor", isAuthority: true);
        Assert.False(Accepts(silo, files.Issued("silo-4", impostor)));
        Assert.False(Accepts(silo, files.Issued("silo-5", own)), "a silo is no authority");
    }

    [Fact]
    public void Accepts_ByAnAuthorityInBetween_NeedsItsCertificate()
    {
        var root = files.SelfSigned("root", isAuthority: true);
        var between = files.Issued("between", root, isAuthority: true);
        var silo = Load(files.Issued("silo-1", root), root.Certificate);
        using var leaf = X509CertificateLoader.LoadCertificateFromFile(files.Issued("silo-2", between).Certificate);
        using var link = X509CertificateLoader.LoadCertificateFromFile(between.Certificate);
        Assert.False(silo.Accepts(leaf, presented: null));

        using var presented = new X509Chain();
        presented.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        presented.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        presented.ChainPolicy.ExtraStore.Add(link);
        Assert.False(presented.Build(leaf));
        Assert.True(silo.Accepts(leaf, presented));
    }

    [Fact]
    public void Accepts_OnceExpired_NoMore()
    {
        var authority = files.SelfSigned("authority", isAuthority: true);
        var issued = files.Issued("silo-1", authority);
        var shared = files.SelfSigned("grid");
        var clock = new SetClock { Now = DateTimeOffset.UtcNow };
        var (byAuthority, byItself) = (Load(issued, authority.Certificate, clock), Load(shared, null, clock));
        Assert.True(Accepts(byAuthority, issued) && Accepts(byItself, shared));
        clock.Now += TimeSpan.FromDays(3);
        Assert.False(Accepts(byAuthority, issued) || Accepts(byItself, shared));
        Assert.StartsWith("shows a certificate (CN=silo-1) that is expired: it was valid until ", RefusalOf(byAuthority, issued), StringComparison.Ordinal);
        clock.Now -= TimeSpan.FromDays(8);
        Assert.StartsWith("shows a certificate (CN=grid) that isn't valid yet: it will be on ", RefusalOf(byItself, shared), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CertificateThatOthersWouldRefuse_SaysWhy()
    {
        var until = DateTimeOffset.UtcNow.AddHours(-1);
        var expired = files.SelfSigned("expired", until);
        Assert.Equal($"{expired.Certificate}: is expired: it was valid until {until:yyyy-MM-dd HH:mm} UTC", Assert.Throws<InvalidInputException>(() => Load(expired)).Message);
        var authority = files.SelfSigned("authority", isAuthority: true);
        var stranger = files.SelfSigned("stranger");
        Assert.Equal(
            $"{stranger.Certificate}: wasn't issued by the authority in {authority.Certificate}",
            Assert.Throws<InvalidInputException>(() => Load(stranger, authority.Certificate)).Message);
        Assert.StartsWith($"{stranger.Key}: holds no certificate", Assert.Throws<InvalidInputException>(() => Load(stranger, stranger.Key)).Message, StringComparison.Ordinal);
        Assert.StartsWith(authority.Key, Assert.Throws<InvalidInputException>(() => Load((authority.Key, authority.Key))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_AddressThatOthersReach_NeedsACertificateOrATrustedNetwork()
    {
        var open = new SiloSettings { Suites = ".", Server = new ServerOptions(), Address = IPAddress.Any };
        Assert.Contains("--silo-certificate", Assert.Throws<InvalidInputException>(open.Validate).Message, StringComparison.Ordinal);
        (open with { IsNetworkTrusted = true }).Validate();
        (open with { Certificate = Load(files.SelfSigned("grid")) }).Validate();
        (open with { Address = IPAddress.IPv6Loopback }).Validate();
    }

    public void Dispose() => files.Dispose();

    private static SiloCertificate Load((string Certificate, string Key) own, string? authority = null, TimeProvider? time = null) =>
        SiloCertificate.Load(own.Certificate, own.Key, authority, time ?? TimeProvider.System, CancellationToken.None);

    private static bool Accepts(SiloCertificate silo, (string Certificate, string Key) other)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(other.Certificate);
        return silo.Accepts(certificate, presented: null);
    }

    private static string? RefusalOf(SiloCertificate silo, (string Certificate, string Key) other)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(other.Certificate);
        return silo.Refusal(certificate, presented: null);
    }

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
