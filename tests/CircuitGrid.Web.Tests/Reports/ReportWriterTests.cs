using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CircuitGrid.Compute;
using CircuitGrid.Web.Reports;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Web.Tests.Reports;

public sealed partial class ReportWriterTests : IDisposable
{
    private const string EndOfElement = "</script>";

    private readonly string _folder = Directory.CreateTempSubdirectory("circuitgrid-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_AnyText_IsReadBackFromTheDataElement()
    {
        var path = Path.Combine(_folder, "report.html");
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
        {
            // A lone surrogate is no Unicode text; JSON writers replace it.
            var title = new string([.. text.Get.Where(character => !char.IsSurrogate(character))]) + "</script><!--<b>&amp;\u2028";
            ReportWriter.Write(path, JsonSerializer.SerializeToUtf8Bytes(new { title }));
            return string.Equals((string?)Data(path)["title"], title, StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Write_TextThatLooksLikeTags_HasNoTagInTheDataElement()
    {
        var path = Path.Combine(_folder, "report.html");

        ReportWriter.Write(path, """{"title":"</script><script>alert(1)</script><!--"}"""u8.ToArray());

        Assert.DoesNotContain('<', DataText(path));
    }

    [Fact]
    public void Write_AnyReport_AsksNothingOfTheNetwork()
    {
        var path = Path.Combine(_folder, "report.html");

        ReportWriter.Write(path, "{}"u8.ToArray());

        var page = Comments().Replace(File.ReadAllText(path), "");
        Assert.DoesNotMatch(Outside(), page);
        Assert.Single(DataElement().Matches(page));
    }

    [Fact]
    public void Write_ExistingFile_IsReplacedAndNothingElseIsLeft()
    {
        var path = Path.Combine(_folder, "sub", "report.html");
        ReportWriter.Write(path, """{"title":"first, and longer"}"""u8.ToArray());

        ReportWriter.Write(path, """{"title":"second"}"""u8.ToArray());

        Assert.Equal("second", (string?)Data(path)["title"]);
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    /// <summary>The file's own policy names its script and its style by what they hold, and lets in nothing else; a server sends the same.</summary>
    [Fact]
    public void Write_Page_AllowsItsOwnScriptAndStyleAlone()
    {
        var path = Path.Combine(_folder, "report.html");

        ReportWriter.Write(path, "{}"u8.ToArray());

        var page = File.ReadAllText(path);
        var policy = Policy().Match(page).Groups["policy"].Value;
        Assert.Equal(
            [$"script-src '{HashOf(Script().Match(page))}'", $"style-src '{HashOf(Style().Match(page))}'"],
            policy.Split("; ").Where(directive => directive.StartsWith("script-src", StringComparison.Ordinal) || directive.StartsWith("style-src", StringComparison.Ordinal)));
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal(policy + "; frame-ancestors 'none'", PageTemplate.ContentSecurityPolicy);
    }

    [Fact]
    public void Write_SameData_GivesTheSameBytes()
    {
        var (one, two) = (Path.Combine(_folder, "one.html"), Path.Combine(_folder, "two.html"));

        ReportWriter.Write(one, """{"title":"same"}"""u8.ToArray());
        ReportWriter.Write(two, """{"title":"same"}"""u8.ToArray());

        Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(two));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("</script>")]
    public void Write_NotJson_IsRefusedBeforeAnythingIsWritten(string data)
    {
        var path = Path.Combine(_folder, "report.html");

        Assert.Throws<ArgumentException>(() => ReportWriter.Write(path, Encoding.UTF8.GetBytes(data)));

        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Write_PathThatIsAFolder_SaysSoAndLeavesNothing()
    {
        var path = Path.Combine(_folder, "report.html");
        Directory.CreateDirectory(path);

        var error = Assert.Throws<InvalidInputException>(() => ReportWriter.Write(path, "{}"u8.ToArray()));

        Assert.Equal(path, error.Input);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    private static JsonNode Data(string path) => JsonNode.Parse(DataText(path))!;

    /// <summary>What a browser takes for the element's text: up to the first end tag.</summary>
    private static string DataText(string path)
    {
        var page = File.ReadAllText(path);
        var start = DataElement().Match(page);
        var rest = page[(start.Index + start.Length)..];
        return rest[..rest.IndexOf(EndOfElement, StringComparison.Ordinal)];
    }

    [GeneratedRegex("""<script id="circuitgrid-data" type="application/json">""")]
    private static partial Regex DataElement();

    private static string HashOf(Match element) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(element.Groups["content"].Value)));

    [GeneratedRegex("<meta\\s+http-equiv=\"Content-Security-Policy\"\\s+content=\"(?<policy>[^\"]*)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Policy();

    [GeneratedRegex("<script type=\"module\">(?<content>.*?)</script>", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Script();

    [GeneratedRegex("<style>(?<content>.*?)</style>", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Style();

    [GeneratedRegex("<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comments();

    /// <summary>Elements and style rules that load something from elsewhere.</summary>
    [GeneratedRegex("""<(?:script|img|iframe|link)\b[^>]*\s(?:src|href)=["'](?!data:)|@import|url\(["']?(?!data:|#)""")]
    private static partial Regex Outside();
}
