using System.Text.Json.Nodes;
using Serve.TestProgram.Behaviour;

namespace Serve.TestProgram.Autoscaling;

/// <summary>As many replicas as any of them has recorded to be wanted; where one has recorded that it is broken, so is the policy.</summary>
public sealed class WantedPolicy : IAutoscalingPolicy
{
    private double _atLeast;

    public void Initialize(JsonObject arguments) => _atLeast = arguments["at_least"]?.GetValue<double>() ?? 0;

    public ValueTask<ScalingAdvice> DecideAsync(AutoscalingContext context, CancellationToken cancellationToken) =>
        Most(context, "broken") is > 0 and var broken
            ? throw new InvalidOperationException($"{broken} is broken")
            : ValueTask.FromResult<ScalingAdvice>(Math.Max(Most(context, "wanted"), _atLeast));

    private static double Most(AutoscalingContext context, string metric) =>
        context.Metrics.TryGetValue(metric, out var replicas) ? replicas.Values.Select(value => value.Last).DefaultIfEmpty().Max() : 0;
}

/// <summary>The clerk gets as many replicas as the archive has requests, one more for each that waits.</summary>
public sealed class ClerksForTheArchive : IApplicationAutoscalingPolicy
{
    public ValueTask<IReadOnlyDictionary<string, ScalingAdvice>> DecideAsync(IReadOnlyDictionary<string, AutoscalingContext> deployments, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyDictionary<string, ScalingAdvice>>(new Dictionary<string, ScalingAdvice> { ["Clerk"] = Math.Max(1, deployments["Archive"].TotalRequests()) });
}

/// <summary>Remembers the processes that have decided, and wants one replica more than that.</summary>
public sealed class RelayPolicy(Journal journal) : IAutoscalingPolicy
{
    public ValueTask<ScalingAdvice> DecideAsync(AutoscalingContext context, CancellationToken cancellationToken)
    {
        var processes = context.State is JsonArray known ? known.Select(process => process!.GetValue<int>()).ToHashSet() : [];
        if (processes.Add(Environment.ProcessId))
            journal.Write($"process{Environment.ProcessId}", "decided");
        return ValueTask.FromResult(new ScalingAdvice(1 + processes.Count, new JsonArray([.. processes.Select(static process => (JsonNode)process)])));
    }
}
