using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Storage;

/// <summary>
/// Who is computing what, so that several processes on one store share the work. A claim is a hint, not a lock: should two ever compute
/// the same cell, they save the same bytes.
/// </summary>
public interface ICellClaims
{
    /// <summary>
    /// Claims what is free: without a result and unclaimed, or claimed by somebody who is gone. Claims of the same session are renewed.
    /// </summary>
    /// <returns>The keys claimed.</returns>
    Task<IReadOnlySet<CellKey>> ClaimAsync(ClaimOwner owner, IReadOnlyCollection<CellKey> keys, CancellationToken cancellation = default);

    /// <summary>Says that the owner is still at work on all its claims.</summary>
    Task RenewAsync(ClaimOwner owner, CancellationToken cancellation = default);

    /// <summary>Gives up some claims.</summary>
    Task ReleaseAsync(ClaimOwner owner, IReadOnlyCollection<CellKey> keys, CancellationToken cancellation = default);
}
