using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Remote;

/// <summary>A password in an address is refused and never said, whatever else is wrong with it.</summary>
public sealed class ServerAddressTests
{
    public static TheoryData<string> Addresses =>
    [
        "http://jane:s3cret@127.0.0.1:9",
        "https://jane:s3cret@example.org",
        "http://:s3cret@127.0.0.1:9/",
        "http://s3cret@127.0.0.1:9",
        "http://jane:s3cret/x@127.0.0.1:9",
        "http://jane:s3cret@s3cret@127.0.0.1:9",
        "http://jane:s3cret@",
        "http://jane:s3cret @127.0.0.1:9",
        "ftp://jane:s3cret@127.0.0.1",
        "jane:s3cret@127.0.0.1:9",
        "HTTP://jane:s3cret@127.0.0.1:99999",
    ];

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Commands_WithAPasswordInTheAddress_RefuseItUnsaid(string address)
    {
        foreach (var verb in (string[])["run", "watch", "status", "report", "cancel"])
        {
            foreach (var form in (string[][])[["--server", address], [$"--server={address}"], [$"--server:{address}"]])
            {
                var run = await ClientRun.OfAsync([verb, "nowhere.yaml", .. form, "--verbose"]);
                Assert.Equal(2, run.ExitCode);
                Assert.DoesNotContain("s3cret", run.Output + run.Error, StringComparison.Ordinal);
                Assert.DoesNotContain("jane", run.Output + run.Error, StringComparison.Ordinal);
                Assert.Contains("leave out what stands before the @", run.Error, StringComparison.Ordinal);
            }
        }
    }
}
