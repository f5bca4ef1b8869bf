using Serve.Server.Store.Records;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>
/// One replica on this node from its order to its end: starts the process, waits until it is ready, checks its health, passes changed
/// settings on, drains and ends it. It runs once; whether another shall take its place is the controller's business.
/// </summary>
internal sealed class ReplicaProcess
{
    private readonly ReplicaEnvironment _environment;
    private readonly StartClock _clock;
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<WorkerLink> _linked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string?> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Lock _routesLock = new();
    private readonly HashSet<string> _watched = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
        _clock = new StartClock(environment.TimeProvider, time => environment.Meter.OnPhase(desired.Replica.Deployment, time));
        _report = new ReplicaReport { Replica = desired.Replica, Phase = ReplicaReportPhase.Starting };
        if (desired.Goal == ReplicaGoal.Stop)
            _stop.TrySetResult();
    }

    /// <summary>The link to the worker, or null before it has called.</summary>
    public WorkerLink? Link => _link;

    /// <summary>Whether it is ready and nothing was wrong with it.</summary>
    public bool IsHealthy => _report.Phase == ReplicaReportPhase.Running;

    /// <summary>Completes when the process is gone and that was reported.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the process; call it once.</summary>
    public void Start() => _ = Task.Run(RunAsync);

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
        _clock.Enter(StartPhase.Host);
        _linked.SetResult(link);
        // The routes may have changed between the assignment and this moment, from which on changes are sent.
        SendRoutes(desired.Replica.Deployment.Application);
        link.Send(new TelemetryChanged(_environment.Telemetry));
        await link.ReadAsync(Handle);
    }

    /// <summary>Reports what it reported last: nobody may know of it any more.</summary>
    public void ReportAgain() => Report(static report => report);

    /// <summary>Tells the worker an application's routes, where they concern it. Those of the moment: nothing older can overtake them.</summary>
    public void SendRoutes(string application)
    {
        var isOwn = application == _desired.Replica.Deployment.Application;
        lock (_routesLock)
        {
            if (isOwn || _watched.Contains(application))
                _link?.Send(new RoutesChanged(_environment.RoutesOf(application, isOwn)));
        }
    }

    private async Task RunAsync()
    {
        WorkerLog? log = null;
        try
        {
            log = _environment.OpenLog(_desired.Replica);
            if (_stop.Task.IsCompleted)
            {
                ReportEnd(ReplicaEnd.None, failure: null);
                return;
            }

            Report(static report => report);
            _clock.Begin();
            using var process = _environment.Launch(_desired);
            var (end, failure) = await OwnAsync(process, log);
            ReportEnd(end, failure is null ? null : ReplicaFailure.WithTail(failure, log));
        }
        catch (Exception exception)
        {
            // It could not be started, or this agent has a fault or a full disk. Whatever it is, nobody else can tell the controller.
            log?.Write($"serve: {exception.Message}");
            ReportEnd(_report.Phase == ReplicaReportPhase.Starting ? ReplicaEnd.StartFailed : ReplicaEnd.Crashed, exception.Message);
        }
        finally
        {
            log?.Dispose();
            _ended.TrySetResult();
        }
    }

    /// <summary>Sees to it that the process is gone in the end, whatever happens.</summary>
    private async Task<(ReplicaEnd End, string? Failure)> OwnAsync(ILaunchedProcess process, WorkerLog log)
    {
        try
        {
            _environment.Registry.Add(process.Id);
            var output = log.PumpAsync(process);
            var result = await LiveAsync(process, log);
            await ProcessLadder.WaitAtMostAsync(output, ProcessLadder.TerminateTime, _environment.TimeProvider);
            return result;
        }
        finally
        {
            process.Kill();
            await process.Exited;
            _environment.Registry.Remove(process.Id);
        }
    }

    /// <summary>From the started process to the ended one.</summary>
    private async Task<(ReplicaEnd End, string? Failure)> LiveAsync(ILaunchedProcess process, WorkerLog log)
    {
        var begin = _environment.TimeProvider.GetTimestamp();
        Report(report => report with { ProcessId = process.Id, StartedAt = _environment.TimeProvider.GetUtcNow() });
        if (await StartAsync(process) is { } startFailure)
        {
            // A program that failed is about to end by itself, and writes down why.
            if (_started.Task.IsCompleted)
                await ProcessLadder.WaitAtMostAsync(process.Exited, ProcessLadder.TerminateTime, _environment.TimeProvider);
            await ProcessLadder.EndAsync(process, log, ProcessLadder.TerminateTime, _environment.TimeProvider);
            return (ReplicaEnd.StartFailed, startFailure);
        }

        if (_stop.Task.IsCompleted)
        {
            await StopAsync(process, log);
            return (ReplicaEnd.None, null);
        }

        _environment.Meter.OnReady(_desired.Replica.Deployment, _environment.TimeProvider.GetElapsedTime(begin));
        Report(report => report with { Phase = ReplicaReportPhase.Running, Address = _environment.SocketOf(_desired.Replica), SettingsHash = _assignedSettings, StartTimes = _clock.Times });
        ApplySettings();
        using var checking = new CancellationTokenSource();
        var unhealthy = new HealthWatch(await _linked.Task, () => _desired, _environment.Meter, _environment.TimeProvider).UntilUnhealthyAsync(checking.Token);
        await Task.WhenAny(process.Exited, _stop.Task, unhealthy);
        await checking.CancelAsync();
        if (process.Exited.IsCompleted)
            return _stop.Task.IsCompleted ? (ReplicaEnd.None, null) : (ReplicaEnd.Crashed, ReplicaFailure.Crashed(await process.Exited));
        if (!_stop.Task.IsCompleted)
        {
            var failure = await unhealthy;
            log.Write($"serve: {failure}");
            Report(report => report with { Phase = ReplicaReportPhase.Draining, End = ReplicaEnd.Unhealthy, Failure = ReplicaFailure.WithTail(failure, log) });
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
            return ReplicaFailure.NotReady(timeProvider.GetElapsedTime(begin), _report.StartPhase);
        return ReplicaFailure.EndedEarly(await process.Exited, _linked.Task.IsCompleted ? _report.StartPhase : null);
    }

    private void Handle(WorkerMessage message)
    {
        switch (message)
        {
            case StartProgress progress:
                _clock.Enter(progress.Phase);
                Report(report => report with { StartPhase = progress.Phase, StartTimes = _clock.Times });
                break;
            case StartSucceeded:
                _clock.Enter(StartPhase.FirstRequest);
                _started.TrySetResult(null);
                break;
            case FirstRequestDone done:
                _clock.Add(StartPhase.FirstRequest, done.Seconds);
                Report(report => report with { StartTimes = _clock.Times });
                break;
            case StartFailed failed:
                _started.TrySetResult(failed.Reason);
                break;
            case WatchRoutes watch:
                lock (_routesLock)
                    _watched.Add(watch.Application);
                SendRoutes(watch.Application);
                break;
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
        // After a failure nobody knows which settings the worker has.
        if ((_report.SettingsHash == desired.SettingsHash && _report.Failure is null) || _report.Phase != ReplicaReportPhase.Running)
            return;
        var link = await _linked.Task;
        var failure = await _environment.ReconfigureAsync(link, desired);
        Report(report => failure is null ? report with { SettingsHash = desired.SettingsHash, Failure = null } : report with { Failure = failure });
    }

    /// <summary>Lets running requests finish, then ends the process.</summary>
    private async Task StopAsync(ILaunchedProcess process, WorkerLog log)
    {
        var grace = _desired.GracefulShutdownTimeout;
        var timeProvider = _environment.TimeProvider;
        var begin = timeProvider.GetTimestamp();
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

        await ProcessLadder.EndAsync(process, log, grace > TimeSpan.Zero ? ProcessLadder.TerminateTime : TimeSpan.Zero, timeProvider);
        _environment.Meter.OnStopped(_desired.Replica.Deployment, timeProvider.GetElapsedTime(begin));
    }

    private void Report(Func<ReplicaReport, ReplicaReport> change)
    {
        lock (_lock)
        {
            _report = change(_report) with { Number = _report.Number + 1 };
            _environment.Report(_report);
        }
    }

    private void ReportEnd(ReplicaEnd end, string? failure) =>
        Report(report => report with { Phase = ReplicaReportPhase.Stopped, Address = null, End = end, Failure = failure });
}
