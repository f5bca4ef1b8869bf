using Serve.Routing;
using Serve.Server.Store.Records;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>
/// One replica on this node from its order to its end: starts the process, waits until it is ready, checks its health, passes changed
/// settings on, drains and ends it. It runs once; whether another shall take its place is the controller's business.
/// </summary>
internal sealed class ReplicaProcess
{
    private const int MaxFailedChecks = 3;
    private const int TailLines = 20;

    /// <summary>How long a process may take between being asked to end and being ended.</summary>
    private static readonly TimeSpan TerminateTime = TimeSpan.FromSeconds(5);

    private readonly ReplicaEnvironment _environment;
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<WorkerLink> _linked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string?> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private volatile DesiredReplica _desired;
    private volatile ReplicaReport _report;
    private volatile WorkerLink? _link;
    private Task _settings = Task.CompletedTask;
    private string _assignedSettings = "";
    private int _isLinked;

    public ReplicaProcess(DesiredReplica desired, ReplicaEnvironment environment)
    {
        _desired = desired;
        _environment = environment;
        _report = new ReplicaReport { Replica = desired.Replica, Phase = ReplicaReportPhase.Starting };
        if (desired.Goal == ReplicaGoal.Stop)
            _stop.TrySetResult();
        Ended = Task.Run(RunAsync);
    }

    /// <summary>Completes when the process is gone and that was reported.</summary>
    public Task Ended { get; }

    /// <summary>Takes up a changed order.</summary>
    public void Update(DesiredReplica desired)
    {
        _desired = desired;
        if (desired.Goal == ReplicaGoal.Stop)
            Stop();
        else if (_report.Phase == ReplicaReportPhase.Running)
            ApplySettings();
    }

    /// <summary>Lets running requests finish, then ends it.</summary>
    public void Stop() => _stop.TrySetResult();

    /// <summary>The worker has called: tells it what to be and listens to it until it hangs up.</summary>
    public async Task RunLinkAsync(WorkerLink link)
    {
        if (Interlocked.Exchange(ref _isLinked, 1) == 1)
            return;
        var desired = _desired;
        _assignedSettings = desired.SettingsHash;
        link.Send(new Assign(_environment.Assignment(desired)));
        _link = link;
        _linked.SetResult(link);
        // The routes may have changed between the assignment and this moment, from which on changes are sent.
        link.Send(new RoutesChanged(_environment.RoutesOf(desired.Replica.Deployment.Application)));
        await link.ReadAsync(Handle);
    }

    /// <summary>The application's routes have changed.</summary>
    public void SendRoutes(ApplicationRoutes routes) => _link?.Send(new RoutesChanged(routes));

    private async Task RunAsync()
    {
        using var log = _environment.OpenLog(_desired.Replica);
        try
        {
            if (_stop.Task.IsCompleted)
            {
                ReportEnd(ReplicaEnd.None, failure: null);
                return;
            }

            Report(static report => report);
            using var process = _environment.Launch(_desired);
            _environment.Registry.Add(process.Id);
            var output = log.PumpAsync(process);
            var (end, failure) = await LiveAsync(process, log);
            await WaitAtMostAsync(output, TerminateTime);
            _environment.Registry.Remove(process.Id);
            ReportEnd(end, failure is null ? null : WithTail(failure, log));
        }
        catch (InvalidOperationException exception)
        {
            log.Write(exception.Message);
            ReportEnd(ReplicaEnd.StartFailed, exception.Message);
        }
    }

    /// <summary>From the started process to the ended one.</summary>
    private async Task<(ReplicaEnd End, string? Failure)> LiveAsync(ILaunchedProcess process, WorkerLog log)
    {
        Report(report => report with { ProcessId = process.Id, StartedAt = _environment.TimeProvider.GetUtcNow() });
        if (await StartAsync(process) is { } startFailure)
        {
            // A program that failed is about to end by itself, and writes down why.
            if (_started.Task.IsCompleted)
                await WaitAtMostAsync(process.Exited, TerminateTime);
            await EndAsync(process, log, TerminateTime);
            return (ReplicaEnd.StartFailed, startFailure);
        }

        if (_stop.Task.IsCompleted)
        {
            await StopAsync(process, log);
            return (ReplicaEnd.None, null);
        }

        Report(report => report with { Phase = ReplicaReportPhase.Running, Address = _environment.SocketOf(_desired.Replica), SettingsHash = _assignedSettings });
        ApplySettings();
        using var checking = new CancellationTokenSource();
        var unhealthy = CheckHealthAsync(checking.Token);
        await Task.WhenAny(process.Exited, _stop.Task, unhealthy);
        await checking.CancelAsync();
        if (process.Exited.IsCompleted)
            return _stop.Task.IsCompleted ? (ReplicaEnd.None, null) : (ReplicaEnd.Crashed, $"The process ended with {DescribeExit(await process.Exited)}.");
        if (!_stop.Task.IsCompleted)
        {
            var failure = await unhealthy;
            log.Write($"serve: {failure}");
            Report(report => report with { Phase = ReplicaReportPhase.Draining, End = ReplicaEnd.Unhealthy, Failure = WithTail(failure, log) });
            await StopAsync(process, log);
            return (ReplicaEnd.Unhealthy, failure);
        }

        Report(static report => report with { Phase = ReplicaReportPhase.Draining });
        await StopAsync(process, log);
        return (ReplicaEnd.None, null);
    }

    /// <returns>Why the replica did not become ready, or null.</returns>
    private async Task<string?> StartAsync(ILaunchedProcess process)
    {
        var timeProvider = _environment.TimeProvider;
        var begin = timeProvider.GetTimestamp();
        using var timer = new CancellationTokenSource();
        var timeout = Task.Delay(_desired.StartupTimeout, timeProvider, timer.Token);
        await Task.WhenAny(_started.Task, process.Exited, _stop.Task, timeout);
        await timer.CancelAsync();
        if (_started.Task.IsCompleted)
            return await _started.Task;
        if (_stop.Task.IsCompleted)
            return null;
        if (!process.Exited.IsCompleted)
            return $"The replica was not ready after {timeProvider.GetElapsedTime(begin).TotalSeconds:0.#} s (startup_timeout_s); it was in {Describe(_report.StartPhase)}.";
        return _linked.Task.IsCompleted
            ? $"The process ended with {DescribeExit(await process.Exited)} in {Describe(_report.StartPhase)}."
            : $"The process ended with {DescribeExit(await process.Exited)} before it called AddServe.";
    }

    private void Handle(WorkerMessage message)
    {
        switch (message)
        {
            case StartProgress progress:
                Report(report => report with { StartPhase = progress.Phase });
                break;
            case StartSucceeded:
                _started.TrySetResult(null);
                break;
            case StartFailed failed:
                _started.TrySetResult(failed.Reason);
                break;
        }
    }

    /// <returns>What was wrong, once too many checks in a row have failed.</returns>
    private async Task<string> CheckHealthAsync(CancellationToken cancellationToken)
    {
        var link = await _linked.Task;
        for (var failed = 0; ;)
        {
            await Task.Delay(_desired.HealthCheckPeriod, _environment.TimeProvider, cancellationToken);
            var failure = await CheckOnceAsync(link, cancellationToken);
            failed = failure is null ? 0 : failed + 1;
            if (failed == MaxFailedChecks)
                return $"{failed} health checks in a row failed; the last one: {failure}";
        }
    }

    private async Task<string?> CheckOnceAsync(WorkerLink link, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_desired.HealthCheckTimeout, _environment.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await link.AskAsync(static id => new CheckHealth(id), both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer within {_desired.HealthCheckTimeout.TotalSeconds:0.###} s (health_check_timeout_s)";
        }
    }

    /// <summary>Passes the order's settings on where the worker does not have them yet, one change after the other.</summary>
    private void ApplySettings()
    {
        lock (_lock)
            _settings = ApplySettingsAsync(_settings);
    }

    private async Task ApplySettingsAsync(Task before)
    {
        await before;
        var desired = _desired;
        if (_report.SettingsHash == desired.SettingsHash || _report.Phase != ReplicaReportPhase.Running)
            return;
        var link = await _linked.Task;
        var failure = await link.AskAsync(id => new Reconfigure(id, desired.Settings), CancellationToken.None);
        Report(report => failure is null ? report with { SettingsHash = desired.SettingsHash, Failure = null } : report with { Failure = failure });
    }

    /// <summary>Lets running requests finish, then ends the process.</summary>
    private async Task StopAsync(ILaunchedProcess process, WorkerLog log)
    {
        var grace = _desired.GracefulShutdownTimeout;
        var timeProvider = _environment.TimeProvider;
        if (grace > TimeSpan.Zero && _linked.Task.IsCompleted)
        {
            var link = await _linked.Task;
            using var timeout = new CancellationTokenSource(grace, timeProvider);
            var least = Task.Delay(_desired.GracefulShutdownWaitLoop, timeProvider, timeout.Token);
            var drained = link.AskAsync(static id => new Drain(id), timeout.Token);
            await Task.WhenAny(process.Exited, Task.WhenAll(least, drained));
            await timeout.CancelAsync();
            await Task.WhenAll(least, drained).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!drained.IsCompletedSuccessfully && !process.Exited.IsCompleted)
                log.Write($"serve: requests were still running after {grace.TotalSeconds:0.###} s (graceful_shutdown_timeout_s); they are cut off.");
        }

        await EndAsync(process, log, grace > TimeSpan.Zero ? TerminateTime : TimeSpan.Zero);
    }

    /// <summary>Asks the process to end, and ends it where it does not.</summary>
    private async Task EndAsync(ILaunchedProcess process, WorkerLog log, TimeSpan patience)
    {
        if (patience > TimeSpan.Zero)
        {
            process.Terminate();
            await WaitAtMostAsync(process.Exited, patience);
        }

        if (!process.Exited.IsCompleted)
        {
            if (patience > TimeSpan.Zero)
                log.Write($"serve: the process did not end within {patience.TotalSeconds:0.###} s; it is killed.");
            process.Kill();
        }

        await process.Exited;
    }

    private void Report(Func<ReplicaReport, ReplicaReport> change)
    {
        lock (_lock)
        {
            _report = change(_report);
            _environment.Report(_report);
        }
    }

    private void ReportEnd(ReplicaEnd end, string? failure) =>
        Report(report => report with { Phase = ReplicaReportPhase.Stopped, Address = null, End = end, Failure = failure });

    private Task WaitAtMostAsync(Task task, TimeSpan time) => Task.WhenAny(task, Task.Delay(time, _environment.TimeProvider));

    private static string WithTail(string failure, WorkerLog log)
    {
        var tail = log.Tail(TailLines);
        return tail.Length == 0 ? failure : $"{failure}\nThe last lines of its log:\n{tail}";
    }

    private static string DescribeExit(int code) => code > 128 ? $"exit code {code} (signal {code - 128})" : $"exit code {code}";

    private static string Describe(StartPhase phase) => phase switch
    {
        StartPhase.Process => "the program's code before AddServe",
        StartPhase.Host => "the building of its host",
        StartPhase.Constructor => "the constructor",
        StartPhase.Initialize => "InitializeAsync",
        StartPhase.Reconfigure => "ReconfigureAsync",
        StartPhase.HealthCheck => "the first health check",
        _ => "the start of its web server",
    };
}
