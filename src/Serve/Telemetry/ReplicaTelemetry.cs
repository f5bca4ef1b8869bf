using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Serve.Replica;
using Serve.Telemetry.Logs;
using Serve.Telemetry.Metrics;
using Serve.Telemetry.Push;
using Serve.Wire.Control;

namespace Serve.Telemetry;

/// <summary>What a worker tells of itself: its log, its metrics, its spans.</summary>
internal static class ReplicaTelemetry
{
    public static void Add(WebApplicationBuilder builder, ReplicaContext context, ReplicaAssignment assignment)
    {
        var replica = assignment.Replica;
        var origin = new LogOrigin("replica", replica.Suffix)
        {
            Replica = new ReplicaNames(replica.Deployment.Application, replica.Deployment.Name, replica.ToString()),
            Request = RequestContext.ForLog,
        };
        LogControl.Add(builder.Logging, origin, assignment.Settings.Logging);
        RouterMeter.Source = context.ReplicaId;
        var services = builder.Services;
        KeyValuePair<string, object?>[] tags = [new(TelemetryTags.Application, context.Application), new(TelemetryTags.Deployment, context.Deployment), new(TelemetryTags.Replica, context.ReplicaId)];
        services.AddSingleton(_ => new MetricCollector(MeterScope.Program, tags));
        services.AddSingleton(_ =>
        {
            var push = new OtlpPush(MeterScope.Program, new PushedService(context.Deployment, context.Application, context.ReplicaId, tags));
            push.Use(assignment.Telemetry);
            return push;
        });
        services.AddSingleton<AccessLog>();
        services.AddSingleton<RequestObserver>();
    }
}
