namespace Serve.Server.Node;

/// <summary>Ends processes: first they are asked to end, then they are ended.</summary>
internal static class ProcessLadder
{
    /// <summary>How long a process may take between being asked to end and being ended.</summary>
    public static readonly TimeSpan TerminateTime = TimeSpan.FromSeconds(5);

    /// <summary>Asks the process to end, and ends it where it does not.</summary>
    public static async Task EndAsync(ILaunchedProcess process, WorkerLog log, TimeSpan patience, TimeProvider timeProvider)
    {
        if (patience > TimeSpan.Zero)
        {
            process.Terminate();
            await WaitAtMostAsync(process.Exited, patience, timeProvider);
        }

        if (!process.Exited.IsCompleted)
        {
            if (patience > TimeSpan.Zero)
                log.Write($"serve: the process did not end within {patience.TotalSeconds:0.###} s; it is killed.");
            process.Kill();
        }

        await process.Exited;
    }

    public static Task WaitAtMostAsync(Task task, TimeSpan time, TimeProvider timeProvider) => Task.WhenAny(task, Task.Delay(time, timeProvider));
}
