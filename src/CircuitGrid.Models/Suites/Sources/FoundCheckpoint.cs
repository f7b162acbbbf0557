using CircuitGrid.Models.Hub;

namespace CircuitGrid.Models.Suites.Sources;

/// <summary>Something that may be a checkpoint, as a source has it.</summary>
/// <param name="Name">What it is called there: a folder, a revision.</param>
/// <param name="Folder">Where its files are.</param>
public sealed record FoundCheckpoint(string Name, string Folder)
{
    /// <summary>Whether it is the model's own folder, whose name says nothing of a step: what a training saves at its end.</summary>
    public bool IsTop { get; init; }

    /// <summary>What it is on the hub, where its files come from there; <see langword="null"/> for a folder of this machine.</summary>
    public HubSnapshot? Hub { get; init; }

    /// <summary>Whether it has the looks of a checkpoint. Of what is on the hub that is known only where its files have been listed.</summary>
    internal bool IsCheckpoint => Hub is not null || Folders.IsCheckpoint(Folder);

    /// <summary>Whether it is a folder; whatever else has a checkpoint's name is left out.</summary>
    public bool IsFolder { get; init; } = true;

    /// <summary>Why it can't be taken whatever its name is; it goes on after the name. <see langword="null"/> where it can.</summary>
    public string? Fault { get; init; }
}
