using System.Text.Json;

namespace CircuitGrid.EndToEnd.Tests.Architecture;

/// <summary>The house stands as docs/architecture.md draws it.</summary>
public sealed class RoomTests
{
    private static readonly IReadOnlyList<ProjectFile> FloorProjects = [.. Rooms.Floors.Concat(Rooms.Annexes.Keys).Select(r => Repository.Projects.Single(p => p.Name == r))];

    [Fact]
    public void References_OfEveryRoom_PointDownwards() => Assert.Empty(FloorProjects.SelectMany(Rooms.WrongReferences));

    [Fact]
    public void Sources_OfEveryRoom_NameOnlyRoomsBelow()
    {
        Assert.All(FloorProjects, p => Assert.NotEmpty(Repository.SourcesOf(p)));
        Assert.Empty(
            from project in FloorProjects
            from source in Repository.SourcesOf(project)
            from wrong in Rooms.WrongNames(project.Name, source.Path, source.Text)
            select wrong);
    }

    [Fact]
    public void LightBuild_NeitherNamesNorRestores_APackageOfTheFullBuildAlone()
    {
        var light = Repository.Projects.Where(p => Repository.LightBuild.Contains(p.Name)).ToList();
        Assert.Equal(Repository.LightBuild.Count, light.Count);
        Assert.Empty(light.SelectMany(p => p.Packages.Where(Rooms.IsHeavy).Select(package => $"{p.Name}: {package}")));

        var restored = light.Select(p => Path.Combine(p.Folder, "obj", "project.assets.json")).Where(File.Exists).ToList();
        Assert.NotEmpty(restored);
        foreach (var assets in restored)
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(assets));
            Assert.DoesNotContain(json.RootElement.GetProperty("libraries").EnumerateObject().Select(l => l.Name), Rooms.IsHeavy);
        }
    }

    [Fact]
    public void LightBuild_ReferencesNoProjectOutsideIt() =>
        Assert.Empty(
            from project in Repository.Projects
            where Repository.LightBuild.Contains(project.Name)
            from reference in project.References
            where !Repository.LightBuild.Contains(reference)
            select $"{project.Name} references {reference}");

    [Fact]
    public void FullBuild_HoldsEveryProject() =>
        Assert.Equal(Repository.Projects.Select(p => p.Name).Order(StringComparer.Ordinal), Repository.FullBuild.Order(StringComparer.Ordinal));

    [Fact]
    public void WrongReferences_OfALowerRoomToAHigherOne_AreFound()
    {
        var project = new ProjectFile("CircuitGrid.Models", "CircuitGrid.Models.csproj", ["CircuitGrid.Compute", "CircuitGrid.Experiments", "CircuitGrid.Models"], []);
        Assert.Equal(["CircuitGrid.Models references CircuitGrid.Experiments", "CircuitGrid.Models references CircuitGrid.Models"], Rooms.WrongReferences(project));
    }

    [Theory]
    [InlineData("using CircuitGrid.Circuits.Graph;", "names CircuitGrid.Circuits")]
    [InlineData("var x = new CircuitGrid.Web.Report();", "names CircuitGrid.Web")]
    [InlineData("namespace CircuitGrid.Compute.Cpu;", "is in namespace CircuitGrid.Compute.Cpu")]
    [InlineData("namespace CircuitGrid.ModelsOfOthers;", "is in namespace CircuitGrid.ModelsOfOthers")]
    public void WrongNames_InALowerRoom_AreFound(string text, string expected) =>
        Assert.Contains(Rooms.WrongNames("CircuitGrid.Models", "X.cs", text), wrong => wrong.EndsWith(expected, StringComparison.Ordinal));

    [Theory]
    [InlineData("using CircuitGrid.Compute.Cpu;\nnamespace CircuitGrid.Models;")]
    [InlineData("namespace CircuitGrid.Models.Training;")]
    public void WrongNames_InAnUprightRoom_AreNone(string text) => Assert.Empty(Rooms.WrongNames("CircuitGrid.Models", "X.cs", text));

    [Fact]
    public void WrongReferencesAndNames_OfAnAnnex_AreFound()
    {
        var torch = new ProjectFile("CircuitGrid.Torch", "CircuitGrid.Torch.csproj", ["CircuitGrid.Compute", "CircuitGrid.Models"], []);
        Assert.Equal(["CircuitGrid.Torch references CircuitGrid.Models"], Rooms.WrongReferences(torch));
        Assert.Single(Rooms.WrongNames("CircuitGrid.Torch", "X.cs", "using CircuitGrid.Circuits.Graph;"));
        Assert.Single(Rooms.WrongNames("CircuitGrid.Client", "X.cs", "using CircuitGrid.Torch;"));
    }

    [Theory]
    [InlineData("Microsoft.Orleans.Server", true)]
    [InlineData("TorchSharp-cuda-linux", true)]
    [InlineData("Microsoft.Data.Sqlite", false)]
    public void IsHeavy_TellsPackagesApart(string package, bool expected) => Assert.Equal(expected, Rooms.IsHeavy(package));
}
