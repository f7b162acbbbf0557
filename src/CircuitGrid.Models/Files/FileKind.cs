namespace CircuitGrid.Models.Files;

/// <summary>What stands at a path, links followed.</summary>
public enum FileKind
{
    /// <summary>A plain file: its bytes are there, and can be read again.</summary>
    Plain,

    Folder,

    /// <summary>A pipe: its bytes come when somebody writes them, and only once.</summary>
    Pipe,

    /// <summary>A terminal, a disk or another device.</summary>
    Device,

    Socket,
}
