using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serve.Replica;
using Serve.Telemetry.Logs;
using Serve.Telemetry.Metrics;
using Serve.Telemetry.Push;

namespace Serve.Telemetry;

/// <summary>What a program that serves by itself tells of itself: its metrics at <c>/-/metrics</c>, the request's id on the lines of its log, its spans.</summary>
internal static class EmbeddedTelemetry
{
    public static void Add(WebApplicationBuilder builder)
    {
        LogControl.Add(builder.Logging, new LogOrigin("program", $"{Environment.ProcessId}") { Request = RequestContext.ForLog }, spec: null);
        // Constructed here: what is counted before somebody listens is lost.
        builder.Services.AddSingleton(new MetricCollector(MeterScope.Program, constants: []));
        builder.Services.AddSingleton<EmbeddedMetrics>();
        builder.Services.AddSingleton(static provider =>
        {
            var push = new OtlpPush(MeterScope.Program, new PushedService(provider.GetRequiredService<IHostEnvironment>().ApplicationName, "", $"{Environment.ProcessId}", []));
            push.Use(spec: null);
            return push;
        });
        builder.Services.AddHostedService<EmbeddedPush>();
        builder.Services.AddSingleton<AccessLog>();
        builder.Services.AddSingleton<RequestObserver>();
    }

    /// <summary>Nothing else would ask for the push, and so make it.</summary>
    private sealed class EmbeddedPush(OtlpPush push) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            push.Dispose();
            return Task.CompletedTask;
        }
    }
}
