using System.Reflection;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Web.Tests.Requests;

/// <summary>A store whose every call waits before it is passed on.</summary>
public class HangingStore : DispatchProxy
{
    private ICellStore inner = null!;
    private Func<Task> wait = null!;
    private int calls;

    /// <param name="inner">The store.</param>
    /// <param name="wait">Ends when calls are to be passed on; may keep the thread.</param>
    public static ICellStore Around(ICellStore inner, Func<Task> wait)
    {
        var store = Create<ICellStore, HangingStore>();
        ((HangingStore)(object)store).inner = inner;
        ((HangingStore)(object)store).wait = wait;
        return store;
    }

    /// <summary>Calls so far.</summary>
    public static int Calls(ICellStore store) => ((HangingStore)(object)store).calls;

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Interlocked.Increment(ref calls);
        var waiting = wait();
        return waiting.IsCompleted ? targetMethod!.Invoke(inner, args)
            : targetMethod!.ReturnType == typeof(Task) ? LaterAsync(waiting, targetMethod, args)
            : throw new NotSupportedException(targetMethod.Name);
    }

    private async Task LaterAsync(Task waiting, MethodInfo method, object?[]? args)
    {
        await waiting;
        await (Task)method.Invoke(inner, args)!;
    }
}
