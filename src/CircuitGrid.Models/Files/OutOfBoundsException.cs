using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>A path in a folder with <see cref="FolderBounds"/> leads out of them. The message says nothing of what is there, nor where that is.</summary>
public sealed class OutOfBoundsException : InvalidInputException
{
    public OutOfBoundsException()
        : this("path")
    {
    }

    /// <param name="path">The path as it was named.</param>
    public OutOfBoundsException(string path)
        : this(path, innerException: null)
    {
    }

    public OutOfBoundsException(string path, Exception? innerException)
        : base(path, "leads out of the server's folder of suites through a link; whoever runs the server can allow that with --links-into FOLDER", innerException)
    {
    }
}
