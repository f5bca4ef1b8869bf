using System.Text.RegularExpressions;

namespace Profile;

/// <summary>One method of a stack.</summary>
/// <param name="Module">The assembly, library or <c>kernel</c> that it is in.</param>
/// <param name="Method">Its name with the type, without arguments.</param>
internal readonly partial record struct Frame(string Module, string Method)
{
    /// <summary>
    /// Leaves of threads that wait for work. A sampler that asks every thread where it is would count them; they cost nothing.
    /// </summary>
    private static readonly string[] Waits =
    [
        "LowLevelLifoSemaphore.Wait",
        "LowLevelMonitor.Wait",
        "Interop+Sys.LowLevelMonitor_",
        "Interop+Sys.WaitForSocketEvents",
        "Interop+Sys.ReadStdin",
        // Their native calls have stubs without names, which are left out.
        "System.Net.Sockets.SocketAsyncEngine.EventLoop",
        "System.Threading.PortableThreadPool+WorkerThread.WorkerThreadStart",
        "System.Threading.Monitor.ObjWait",
        "System.Threading.Monitor.Wait",
        "System.Threading.Thread.Sleep",
        "System.Threading.Thread.Join",
        "System.Threading.WaitHandle.Wait",
        "System.Diagnostics.ProcessWaitState.",
        "System.Threading.ManualResetEventSlim.Wait",
    ];

    /// <summary>Frames between a method and what it awaits or starts, and those without a name.</summary>
    private static readonly string[] Plumbing =
    [
        "AsyncStateMachineBox",
        "AsyncMethodBuilderCore.",
        "AsyncTaskMethodBuilder",
        "AsyncValueTaskMethodBuilder",
        "System.Threading.ExecutionContext.Run",
        "System.Threading.Tasks.AwaitTaskContinuation",
        "[unknown]",
        "start_thread",
    ];

    /// <summary>Whether the frame says nothing in a list of what is on the stack.</summary>
    public bool IsPlumbing
    {
        get
        {
            var method = Method;
            return Plumbing.Any(part => method.Contains(part, StringComparison.Ordinal));
        }
    }

    public bool IsWait
    {
        get
        {
            var method = Method;
            return Waits.Any(wait => method.Contains(wait, StringComparison.Ordinal));
        }
    }

    /// <summary>A frame of managed code; the state machine of an async method gets the method's name.</summary>
    public static Frame OfManaged(string module, string method) => new(module, StateMachine().Replace(method, ".${name} (async)"));

    public override string ToString() => $"{Method}  [{Module}]";

    [GeneratedRegex(@"\+<(?<name>[\w|<>.]+)>d(__\d+)?(`\d+)?(\[.*\])?\.MoveNext$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex StateMachine();
}
