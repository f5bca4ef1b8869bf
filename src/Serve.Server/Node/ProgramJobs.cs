using Serve.Server.Store.Records;

namespace Serve.Server.Node;

/// <summary>The orders to describe programs that are under way, one for an application at most.</summary>
internal sealed class ProgramJobs(ProgramRunner runner, Action<ProgramReport> report) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (string Job, CancellationTokenSource Stop, Task Run)> _jobs = new(StringComparer.Ordinal);

    /// <summary>What was reported last of each order that is still there.</summary>
    private readonly Dictionary<string, ProgramReport> _reports = new(StringComparer.Ordinal);

    /// <summary>Takes an order up, or takes it back. An order that runs already goes on.</summary>
    public void Update(string application, DesiredProgram? order)
    {
        lock (_lock)
        {
            if (_jobs.TryGetValue(application, out var running))
            {
                if (running.Job == order?.Job)
                    return;
                _ = running.Stop.CancelAsync();
                _jobs.Remove(application);
                _reports.Remove(application);
            }

            if (order is null)
                return;
            var stop = new CancellationTokenSource();
            _jobs[application] = (order.Job, stop, Task.Run(() => RunAsync(order, stop)));
        }
    }

    /// <summary>Reports what was reported last: nobody may know of it any more.</summary>
    public void ReportAgain()
    {
        lock (_lock)
        {
            foreach (var last in _reports.Values)
                report(last);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_lock)
        {
            foreach (var job in _jobs.Values)
                _ = job.Stop.CancelAsync();
            running = [.. _jobs.Values.Select(job => job.Run)];
            _jobs.Clear();
        }

        await Task.WhenAll(running);
        runner.Dispose();
    }

    private async Task RunAsync(DesiredProgram order, CancellationTokenSource stop)
    {
        try
        {
            Report(await runner.RunAsync(order, Report, stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The order was taken back; nobody waits for the answer.
        }
        catch (Exception exception)
        {
            Report(new ProgramReport { Application = order.Application, Job = order.Job, Phase = ProgramPhase.Failed, Failure = $"The node could not handle the program: {exception.Message}" });
        }
        finally
        {
            stop.Dispose();
        }
    }

    private void Report(ProgramReport current)
    {
        lock (_lock)
        {
            if (_jobs.TryGetValue(current.Application, out var job) && job.Job == current.Job)
                _reports[current.Application] = current;
            report(current);
        }
    }
}
