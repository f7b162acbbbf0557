namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>Where a file of torch keeps the elements of its storages.</summary>
internal interface ITorchStorages
{
    /// <summary>The block that holds all elements of a storage, exactly as many bytes as the storage says.</summary>
    /// <param name="where">File and tensor, as messages name them.</param>
    /// <param name="storage">The storage.</param>
    /// <exception cref="Compute.InvalidInputException">There is none, or it has another length.</exception>
    StorageBlock Find(string where, PickleStorage storage);
}
