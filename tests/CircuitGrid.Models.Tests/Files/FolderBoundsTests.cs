using System.Diagnostics;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Files;

/// <summary>Links out of a folder with bounds. Where paths lead is held to what the operating system says.</summary>
public sealed class FolderBoundsTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("circuitgrid-bounds-");

    public FolderBoundsTests()
    {
        foreach (var name in (string[])["in/deep", "in-name", "out/deep"])
        {
            Directory.CreateDirectory(At(name));
            File.WriteAllText(At($"{name}/file"), name);
        }

        FolderBounds.Set(At("in"), []);
    }

    public void Dispose() => root.Delete(recursive: true);

    [Theory]
    [InlineData("deep/file", true)]
    [InlineData("out/deep/file", false)]
    [InlineData("in-name/file", false)]
    [InlineData("in/deep/file", true)]
    [InlineData("nowhere", false)]
    [InlineData("in/nowhere", true)]
    [InlineData("in/../out/deep/file", false)]
    [InlineData("in/deep/../deep/./file", true)]
    public void Open_OfALink_DependsOnWhereItLeads(string target, bool isInside)
    {
        foreach (var (name, text) in new[] { ("absolute", At(target)), ("relative", Path.Combine("..", target)) })
        {
            var to = target is "deep/file" ? target : text;
            File.CreateSymbolicLink(At($"in/{name}"), to);
            Assert.Equal(isInside, FolderBounds.Hold(At($"in/{name}")));
            Assert.Equal(!isInside, Refusal(At($"in/{name}")) is OutOfBoundsException);
        }
    }

    [Fact]
    public void Open_InAFolderWithoutBounds_FollowsEveryLink()
    {
        File.CreateSymbolicLink(At("out/link"), At("in/deep/file"));
        Assert.Equal("in/deep"u8.ToArray(), SourceFile.ReadAll(At("out/link"), 100));
        File.CreateSymbolicLink(At("in-name/link"), At("out/deep/file"));
        Assert.Equal("out/deep"u8.ToArray(), SourceFile.ReadAll(At("in-name/link"), 100));
    }

    [Fact]
    public void Open_BelowALinkedFolder_IsRefusedUnlessItMayLeadThere()
    {
        Directory.CreateSymbolicLink(At("in/folder"), At("out"));
        Assert.IsType<OutOfBoundsException>(Refusal(At("in/folder/deep/file")));

        // "..", after a link, is above where the link leads
        Assert.IsType<OutOfBoundsException>(Refusal(At("in/folder/../out/deep/file")));
        FolderBounds.Set(At("in"), [At("out/deep")]);
        Assert.Null(Refusal(At("in/folder/deep/file")));
        File.WriteAllText(At("out/file"), "");
        Assert.IsType<OutOfBoundsException>(Refusal(At("in/folder/file")));
    }

    [Fact]
    public void Bounds_OfFoldersThatAreLinksThemselves_AreWhereTheyLead()
    {
        Directory.CreateSymbolicLink(At("alias"), At("in"));
        Directory.CreateSymbolicLink(At("allowed"), At("out"));
        FolderBounds.Set(At("alias"), [At("allowed")]);
        FolderBounds.Set(At("in"), [At("out")]);
        File.CreateSymbolicLink(At("in/link"), At("out/deep/file"));
        Assert.Null(Refusal(At("alias/deep/file")));
        Assert.Null(Refusal(At("alias/link")));
    }

    [Fact]
    public void Open_OfLinksInACircle_IsRefused()
    {
        File.CreateSymbolicLink(At("in/a"), "b");
        File.CreateSymbolicLink(At("in/b"), "a");
        Assert.EndsWith("is reached by links that go in a circle", Refusal(At("in/a"))!.Message, StringComparison.Ordinal);
    }

    /// <summary>As where a link is changed between the look at it and its opening.</summary>
    [Fact]
    public void Require_OfAFileThatIsOpen_GoesByTheFileAndNotByItsPath()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux says which file is open");
        using var inside = File.OpenHandle(At("in/deep/file"));
        using var outside = File.OpenHandle(At("out/deep/file"));
        FolderBounds.Require(At("in/deep/file"), inside);
        Assert.Throws<OutOfBoundsException>(() => FolderBounds.Require(At("in/deep/file"), outside));
        FolderBounds.Require(At("out/deep/file"), outside);
        File.Delete(At("in/deep/file"));
        FolderBounds.Require(At("in/deep/file"), inside);
    }

    /// <summary>Random trees of links, against <c>realpath</c>.</summary>
    [Fact]
    public void FinalPath_OfRandomLinks_IsWhatTheSystemSays()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "realpath is Linux'");
        var random = new Random(5);
        var places = new List<string> { "in", "in/deep", "out", "out/deep", "." };
        for (var i = 0; i < 60; i++)
        {
            var there = places.Where(p => Directory.Exists(At(p))).ToList();
            var name = $"{there[random.Next(there.Count)]}/l{i}";
            var target = places[random.Next(places.Count)];
            var isRooted = random.Next(2) == 0;
            Directory.CreateSymbolicLink(At(name), isRooted ? At(target) : Path.Combine(Enumerable.Repeat("..", random.Next(3)).Append(target).ToArray()));
            places.Add(name);
        }

        var compared = 0;
        foreach (var place in places)
        {
            foreach (var path in (string[])[At(place), At($"{place}/deep"), At($"{place}/../deep/file"), At($"./{place}/.")])
            {
                if (RealPath(path) is { } expected)
                {
                    Assert.Equal(expected, FinalPath.Of(path));
                    compared++;
                }
            }
        }

        Assert.InRange(compared, 50, 1000);
    }

    private static string? RealPath(string path)
    {
        using var process = Process.Start(new ProcessStartInfo("realpath", ["-e", path]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var text = process.StandardOutput.ReadToEnd().TrimEnd('\n');
        process.WaitForExit();
        return process.ExitCode == 0 ? text : null;
    }

    private static InvalidInputException? Refusal(string path)
    {
        try
        {
            SourceFile.Open(path).Dispose();
            return null;
        }
        catch (InvalidInputException e)
        {
            return e;
        }
    }

    private string At(string path) => Path.Combine(root.FullName, path);
}
