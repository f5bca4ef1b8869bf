using System.Buffers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serve.Autoscaling;
using Serve.Batching;
using Serve.Replica.Server;
using Serve.Routing;
using Serve.Telemetry;
using Serve.Telemetry.Metrics;
using Serve.Telemetry.Push;
using Serve.Wire.Control;

namespace Serve.Replica;

/// <summary>Makes this process the replica that its agent asked for, and does what the agent asks later.</summary>
internal sealed partial class ReplicaHost(
    ReplicaLink link,
    DeploymentInstance instance,
    AdmissionGate gate,
    SettingsUpdate settings,
    RouteTableFeed routes,
    HopServer server,
    MetricCollector metrics,
    OtlpPush push,
    PolicyHost policies,
    MetricPulse pulse,
    IHostApplicationLifetime lifetime,
    ILogger<ReplicaHost> logger) : IHostedService
{
    private StartPhase _phase = StartPhase.Host;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        routes.Update(link.Assignment.Routes);
        link.Handle(Handle, lifetime.StopApplication);
        instance.Scope.Meter.OnFirst = time => link.Send(new FirstRequestDone(time.TotalSeconds));
        try
        {
            await instance.StartAsync(link.Assignment.Settings.UserConfig, Progress, cancellationToken);
            BatchCheck.Warn(instance.Target, link.Assignment.Settings.MaxOngoingRequests, logger);
            settings.Begin(link.Assignment.Settings.UserConfig);
        }
        catch (Exception exception)
        {
            Fail(exception);
        }

        Progress(StartPhase.Listen);
        lifetime.ApplicationStarted.Register(() =>
        {
            instance.Scope.Models?.Subscribe(TellModels);
            pulse.Begin(instance.Target);
            LogReady(link.Assignment.Replica.ToString());
            link.Send(new StartSucceeded());
        });
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await gate.CloseAsync().WaitAsync(cancellationToken);
        }
        finally
        {
            await instance.StopAsync(cancellationToken);
        }
    }

    /// <summary>Says to all routers which multiplexed models are here.</summary>
    private void TellModels(IReadOnlyList<string> ids)
    {
        var notice = new ArrayBufferWriter<byte>();
        ReplicaNotice.WriteModels(notice, ids);
        server.Notify(ReplicaNotice.HeldModels, notice.WrittenSpan);
    }

    /// <summary>Writes down why the replica can't start and ends the process, without the host's own account of its end.</summary>
    private void Fail(Exception exception)
    {
        const int Failed = 1;
        var reason = $"{Describe(_phase)} of deployment '{instance.Type.Name}' threw {exception.GetType().FullName}: {exception.Message}";
        Console.Error.WriteLine($"serve: {Describe(_phase)} of deployment '{instance.Type.Name}' threw");
        Console.Error.WriteLine(UserStack.Of(exception));
        Console.Error.Flush();
        link.Send(new StartFailed(reason));
        Environment.Exit(Failed);
    }

    private static string Describe(StartPhase phase) => phase switch
    {
        StartPhase.Constructor => "the constructor",
        StartPhase.Initialize => "InitializeAsync",
        StartPhase.Reconfigure => "ReconfigureAsync",
        StartPhase.HealthCheck => "the first health check",
        _ => "the start",
    };

    private void Progress(StartPhase phase)
    {
        _phase = phase;
        link.Send(new StartProgress(phase));
    }

    private void Handle(AgentMessage message)
    {
        switch (message)
        {
            case RoutesChanged changed:
                routes.Update(changed.Routes);
                break;
            case TelemetryChanged changed:
                // Not here: to end the old push may take a while.
                _ = Task.Run(() => push.Use(changed.Telemetry));
                break;
            case CheckHealth question:
                Reply(question, () => instance.CheckHealthAsync(lifetime.ApplicationStopping));
                break;
            case Reconfigure question:
                Reply(question, () => settings.ApplyAsync(question.Settings));
                break;
            case CollectMetrics question:
                _ = Task.Run(() => Tell(question));
                break;
            case AskPolicy question:
                _ = Task.Run(() => DecideAsync(question));
                break;
            case Drain question:
                Reply(question, gate.CloseAsync);
                break;
        }
    }

    private void Tell(CollectMetrics question)
    {
        var families = MetricFamily.Fit(metrics.Collect(), MetricCollector.MaxLength, out var dropped);
        link.Send(new MetricsCollected(question.Id, families, dropped));
    }

    private async Task DecideAsync(AskPolicy question) => link.Send(new PolicyAnswered(question.Id, await policies.AnswerAsync(question.Text, lifetime.ApplicationStopping)));

    /// <summary>Runs on the thread pool: a deployment that has blocked the pool must fail its health check.</summary>
    private void Reply(Question question, Func<Task> action) => _ = Task.Run(async () =>
    {
        string? failure = null;
        try
        {
            await action();
        }
        catch (Exception exception)
        {
            LogFailed(exception, question.GetType().Name);
            failure = $"{exception.GetType().FullName}: {exception.Message}";
        }

        link.Send(new Answer(question.Id, failure));
    });

    [LoggerMessage(EventId = 2000, Level = LogLevel.Information, Message = "Replica {Replica} is ready")]
    private partial void LogReady(string replica);

    [LoggerMessage(EventId = 2001, Level = LogLevel.Error, Message = "{Question} failed")]
    private partial void LogFailed(Exception exception, string question);
}
