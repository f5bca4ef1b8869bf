using Serve.Identity;
using Serve.Server.Controller.Autoscaling.Policies;
using Serve.Specs.Autoscaling;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>What the autoscaler remembers of one deployment between two looks at it.</summary>
internal sealed class DeploymentScaler(DeploymentId id, ILoadView load, IScalingPolicies? policies)
{
    /// <summary>What depends on others than the load is looked at so often.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private ScalingMemory? _memory;
    private LoadForecast? _forecast;
    private (AutoscalingSpec? Spec, TargetCapacity Capacity, int Min, int Max, DateTimeOffset? Until) _bounds;
    private DateTimeOffset _changedAt;

    /// <summary>When it must be looked at again, though nothing is heard of it.</summary>
    public DateTimeOffset NextLook { get; private set; }

    /// <summary>The nearest time for which it stands in the queue of those that must be looked at.</summary>
    public DateTimeOffset QueuedFor { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>Whether a change was handed in and not answered yet.</summary>
    public bool IsAsking { get; set; }

    /// <summary>Its load has changed: for as long as the window remembers what was before, its figures do.</summary>
    public void NoteChange(DateTimeOffset now) => _changedAt = now;

    /// <param name="deployment">The deployment, autoscaled.</param>
    /// <param name="capacity">Today's share of its size.</param>
    /// <param name="now">The time.</param>
    /// <returns>What shall be.</returns>
    public ScalingDecision Look(DeploymentState deployment, TargetCapacity capacity, DateTimeOffset now)
    {
        var spec = deployment.Target.Spec.Autoscaling!;
        UseBounds(spec, capacity, now);
        var input = InputOf(deployment, spec);
        var advice = policies?.Latest(deployment, () => new PolicyContext(input, now));
        if (advice is { LeavesIt: false })
            input = input with { Wanted = advice.Wanted ?? input.Target, IsPolicySilent = advice.Wanted is null };
        var forecast = ForecastOf(spec, input.Load, now);
        (var decision, _memory) = Autoscaler.Decide(input with { Forecast = forecast }, now);
        NextLook = WhenNext(spec, decision, hasPolicy: advice is not null, now);
        return decision;
    }

    private ScalingInput InputOf(DeploymentState deployment, AutoscalingSpec spec) => new()
    {
        Spec = spec,
        Min = _bounds.Min,
        Max = _bounds.Max,
        Running = deployment.Replicas.Values.Count(replica => replica.IsServing && replica.Version == deployment.Target.Version),
        Target = deployment.Target.Spec.NumReplicas,
        Load = load.Over(id, spec.LookBackPeriod),
        Recent = load.Over(id, Autoscaler.RecentWindow(spec)),
        Memory = _memory,
        Percentile = spec.PercentileShare is { } share ? load.Percentile(id, spec.LookBackPeriod, share) : null,
        IsLoadKnown = load.IsComplete(id),
    };

    /// <summary>Bounds that depend on the hour cost a look into the calendar, so that they are kept until they change.</summary>
    private void UseBounds(AutoscalingSpec spec, TargetCapacity capacity, DateTimeOffset now)
    {
        if (ReferenceEquals(_bounds.Spec, spec) && _bounds.Capacity == capacity && !(now >= _bounds.Until))
            return;
        var (min, max) = spec.At(capacity, now);
        _bounds = (spec, capacity, min, max, spec.Schedules.NextChange(now));
    }

    private double? ForecastOf(AutoscalingSpec spec, LoadFigures figures, DateTimeOffset now)
    {
        if (spec.Forecast is not { } options)
        {
            _forecast = null;
            return null;
        }

        if (_forecast?.Options != options)
            _forecast = new LoadForecast(options);
        _forecast.Note(now, ReplicaDemand.Sustained(spec, figures));
        return _forecast.Ahead(now);
    }

    private DateTimeOffset WhenNext(AutoscalingSpec spec, ScalingDecision decision, bool hasPolicy, DateTimeOffset now)
    {
        if (now - _changedAt <= spec.LookBackPeriod || decision.Load.Queued > 0)
            return now;
        var next = decision.NextChange ?? DateTimeOffset.MaxValue;
        if (decision.Rule == ScalingRule.UnknownLoad || decision.After != decision.Before)
            next = Earlier(next, now + Patience);
        if (hasPolicy)
            next = Earlier(next, now + PolicyEvaluator.Interval);
        if (_bounds.Until is { } until)
            next = Earlier(next, until);
        return _forecast is { } forecast ? Earlier(next, forecast.NextPart(now)) : next;
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
