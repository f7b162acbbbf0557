using CircuitGrid.Compute;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Hub.Tests.Hubs;

namespace CircuitGrid.Hub.Tests.Protocol;

/// <summary>The environment means what it means to Hugging Face's libraries.</summary>
public sealed class OptionsTests
{
    private const string Home = "/home/ada";

    [Theory]
    [InlineData("", "/home/ada/.cache/huggingface/hub")]
    [InlineData("XDG_CACHE_HOME=/var/c", "/var/c/huggingface/hub")]
    [InlineData("XDG_CACHE_HOME=/var/c HF_HOME=~/hf", "/home/ada/hf/hub")]
    [InlineData("HF_HOME=/data/$USER/hf USER=ada", "/data/ada/hf/hub")]
    [InlineData("HF_HOME=/data/${USER}x/hf USER=ada", "/data/adax/hf/hub")]
    [InlineData("HF_HOME=/data/$NOBODY/hf", "/data/$NOBODY/hf/hub")]
    [InlineData("HF_HOME=/data/hf HUGGINGFACE_HUB_CACHE=/old/", "/old/")]
    [InlineData("HF_HOME=/data/hf HUGGINGFACE_HUB_CACHE=/old HF_HUB_CACHE=/new/../newer", "/newer")]
    [InlineData("HF_HUB_CACHE= HF_HOME=/data/hf", "/data/hf/hub")]
    public void Cache_IsWhereTheLibrariesHaveIt(string variables, string expected) => Assert.Equal(expected, Read(variables).CacheFolder);

    [Theory]
    [InlineData("", "https://huggingface.co/")]
    [InlineData("HF_ENDPOINT=https://mirror.example/", "https://mirror.example/")]
    [InlineData("HF_ENDPOINT=http://127.0.0.1:5000/api/hf//", "http://127.0.0.1:5000/api/hf")]
    public void Endpoint_IsTheHubOrAMirror(string variables, string expected) => Assert.Equal(expected, Read(variables).Endpoint.AbsoluteUri);

    [Theory]
    [InlineData("mirror.example")]
    [InlineData("ftp://mirror.example")]
    [InlineData("https://ada:geheim@mirror.example")]
    [InlineData("https://mirror.example/?key=geheim")]
    public void Endpoint_ThatIsNone_IsAnErrorThatDoesNotShowIt(string value)
    {
        var error = Assert.Throws<InvalidInputException>(() => Read($"HF_ENDPOINT={value}"));
        Assert.StartsWith("HF_ENDPOINT: is no address of a hub; one is https://HOST", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("HF_HUB_OFFLINE=1", true)]
    [InlineData("HF_HUB_OFFLINE=on", true)]
    [InlineData("HF_HUB_OFFLINE=Yes", true)]
    [InlineData("TRANSFORMERS_OFFLINE=true", true)]
    [InlineData("HF_HUB_OFFLINE=0 TRANSFORMERS_OFFLINE=off", false)]
    [InlineData("HF_HUB_OFFLINE=no TRANSFORMERS_OFFLINE=FALSE", false)]
    [InlineData("HF_HUB_OFFLINE=0 TRANSFORMERS_OFFLINE=1", false)]
    [InlineData("HF_HUB_OFFLINE= TRANSFORMERS_OFFLINE=1", true)]
    public void Offline_IsSaidByTheFirstVariableThatIsSet(string variables, bool expected) => Assert.Equal(expected, Read(variables).IsOffline);

    [Fact]
    public void Flags_WithAnotherValue_AreErrorsThatSayWhatCanBeThere()
    {
        var error = Assert.Throws<InvalidInputException>(() => Read("HF_HUB_OFFLINE=maybe"));
        Assert.Equal("HF_HUB_OFFLINE: is 'maybe'; it can be 1, ON, YES or TRUE, or 0, OFF, NO or FALSE", error.Message);
    }

    [Fact]
    public void Timeouts_AreSeconds()
    {
        Assert.Equal((10, 10), Seconds(""));
        Assert.Equal((3, 0.5), Seconds("HF_HUB_ETAG_TIMEOUT=3 HF_HUB_DOWNLOAD_TIMEOUT=0.5"));
        foreach (var wrong in (string[])["0", "-1", "ten", "1e9", "NaN", "99999999"])
        {
            var error = Assert.Throws<InvalidInputException>(() => Read("HF_HUB_DOWNLOAD_TIMEOUT=" + wrong));
            Assert.Equal($"HF_HUB_DOWNLOAD_TIMEOUT: is '{wrong}'; it must be a number of seconds above 0 and up to 86400", error.Message);
        }

        static (double Listing, double Download) Seconds(string variables)
        {
            var options = Read(variables);
            return (options.ListingTimeout.TotalSeconds, options.DownloadTimeout.TotalSeconds);
        }
    }

    [Fact]
    public void Token_IsTakenFromTheFirstPlaceThatHasOne()
    {
        using var home = new TemporaryFolder();
        var folder = Directory.CreateDirectory(home[".cache/huggingface"]).FullName;
        Assert.Null(Token(""));
        File.WriteAllText(Path.Combine(folder, "token"), "  hf_default\n");
        Assert.Equal("Bearer hf_default", Token(""));
        File.WriteAllText(home["elsewhere"], "hf_elsewhere");
        Assert.Equal("Bearer hf_elsewhere", Token("HF_TOKEN_PATH=~/elsewhere"));
        Assert.Equal("Bearer hf_old", Token("HF_TOKEN_PATH=~/elsewhere HUGGING_FACE_HUB_TOKEN=hf_old"));
        Assert.Equal("Bearer hf_new", Token("HUGGING_FACE_HUB_TOKEN=hf_old HF_TOKEN=hf_new"));
        Assert.Equal("Bearer hf_old", Token("HUGGING_FACE_HUB_TOKEN=hf_old HF_TOKEN=\n"));
        Assert.Null(Token("HF_TOKEN=hf_new HF_HUB_DISABLE_IMPLICIT_TOKEN=1"));
        Assert.Null(Token("HF_TOKEN_PATH=~/none"));

        string? Token(string variables) => Read(variables, home.Path).Token?.Authorization;
    }

    [Theory]
    [InlineData("hf_geheim\nhf_zwei")]
    [InlineData("hf_geheim\u00fc")]
    [InlineData("hf_geheim wort")]
    public void Token_ThatIsNone_IsAnErrorThatDoesNotShowIt(string text)
    {
        using var home = new TemporaryFolder();
        var path = Path.Combine(Directory.CreateDirectory(home[".cache/huggingface"]).FullName, "token");
        File.WriteAllText(path, text);
        var error = Assert.Throws<InvalidInputException>(() => Read("", home.Path));
        Assert.Equal(path, error.Input);
        Assert.DoesNotContain("geheim", error.ToString(), StringComparison.Ordinal);
    }

    private static HubOptions Read(string variables, string home = Home)
    {
        var all = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
        return HubOptions.FromEnvironment(all.GetValueOrDefault, home);
    }
}
