using System.Text.Json.Nodes;

namespace Serve.Tests.Sdk.Autoscaling;

[Deployment]
public sealed class Scaled;

[Deployment(AutoscalingPolicy = typeof(CountingPolicy), IsAutoscaled = true)]
public sealed class ScaledByItsPolicy;

/// <summary>What the policies of this folder do is up to the test.</summary>
public sealed class PolicyScript
{
    public int Made { get; set; }

    public int Ended { get; set; }

    public List<AutoscalingContext> Seen { get; } = [];

    public Func<AutoscalingContext, CancellationToken, Task<ScalingAdvice>> Decide { get; set; } = static (_, _) => Task.FromResult<ScalingAdvice>(1);
}

/// <summary>Adds its argument <c>step</c> to what it remembers.</summary>
public sealed class CountingPolicy : IAutoscalingPolicy
{
    private int _step = 1;

    public void Initialize(JsonObject arguments) => _step = arguments["step"]?.GetValue<int>() ?? 1;

    public ValueTask<ScalingAdvice> DecideAsync(AutoscalingContext context, CancellationToken cancellationToken)
    {
        var count = (context.State?.GetValue<int>() ?? 0) + _step;
        return ValueTask.FromResult(new ScalingAdvice(count, count));
    }
}

public sealed class ScriptedPolicy : IAutoscalingPolicy, IDisposable
{
    private readonly PolicyScript _script;

    public ScriptedPolicy(PolicyScript script)
    {
        _script = script;
        script.Made++;
    }

    public async ValueTask<ScalingAdvice> DecideAsync(AutoscalingContext context, CancellationToken cancellationToken)
    {
        _script.Seen.Add(context);
        return await _script.Decide(context, cancellationToken);
    }

    public void Dispose() => _script.Ended++;
}

public sealed class PickyPolicy : IAutoscalingPolicy
{
    public void Initialize(JsonObject arguments) => throw new FormatException("there must be a queue");

    public ValueTask<ScalingAdvice> DecideAsync(AutoscalingContext context, CancellationToken cancellationToken) => throw new InvalidOperationException();
}

/// <summary>Gives each deployment as many replicas as the first has requests; its argument <c>also</c> is one more deployment.</summary>
public sealed class FollowTheFirst : IApplicationAutoscalingPolicy
{
    private string? _also;

    public void Initialize(JsonObject arguments) => _also = arguments["also"]?.GetValue<string>();

    public ValueTask<IReadOnlyDictionary<string, ScalingAdvice>> DecideAsync(IReadOnlyDictionary<string, AutoscalingContext> deployments, CancellationToken cancellationToken)
    {
        var requests = deployments["A"].TotalRequests();
        return ValueTask.FromResult<IReadOnlyDictionary<string, ScalingAdvice>>(
            deployments.Keys.Concat(_also is null ? [] : [_also]).ToDictionary(static name => name, name => new ScalingAdvice(requests, JsonValue.Create(name)), StringComparer.Ordinal));
    }
}
